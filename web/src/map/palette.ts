// The map's colours; those of the page around it are in ui/tokens.css.

import type { Presence } from "@fieldcast/sdk";

export type Theme = "light" | "dark";

export interface Palette {
  water: string;
  land: string;
  coast: string;
  border: string;
  grid: string;
  label: string;
  labelHalo: string;
  surface: string;
  text: string;
  outline: string;
  accent: string;
  presence: Record<Presence, string>;
}

export const palettes: Record<Theme, Palette> = {
  light: {
    water: "#c5dcec",
    land: "#f5f3ee",
    coast: "#a3c3d8",
    border: "#cfc8ba",
    grid: "rgba(71, 98, 122, 0.09)",
    label: "#8b8576",
    labelHalo: "rgba(245, 243, 238, 0.85)",
    surface: "#ffffff",
    text: "#18212f",
    outline: "#ffffff",
    accent: "#2f63eb",
    presence: { online: "#12a06e", parked: "#e8930c", silent: "#6d7a91", offline: "#a3abb8" },
  },
  dark: {
    water: "#0e2234",
    land: "#141b25",
    coast: "#2a4a66",
    border: "#36475c",
    grid: "rgba(160, 190, 220, 0.06)",
    label: "#7688a0",
    labelHalo: "rgba(15, 22, 31, 0.85)",
    surface: "#1c2736",
    text: "#eef3fa",
    outline: "#0d151f",
    accent: "#6d9bff",
    presence: { online: "#2ecb92", parked: "#f2a93b", silent: "#8fa0bb", offline: "#66758a" },
  },
};
