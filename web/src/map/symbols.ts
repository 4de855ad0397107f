// The map's pictures, drawn when MapLibre first asks for one by its name.
//
//   agent/<theme>/<presence or selected>/<arrow or dot>
//   cluster/<theme>/<online>/<parked>/<silent>    shares in twelfths, the rest is offline

import type { Presence } from "@fieldcast/sdk";
import { palettes, type Palette, type Theme } from "./palette.js";

const RATIO = 2;
export const SHARES = 12;

export interface Picture {
  image: ImageData;
  pixelRatio: number;
}

export function drawSymbol(name: string): Picture | null {
  const [kind, theme, ...rest] = name.split("/");
  const palette = palettes[theme as Theme];
  if (!palette) return null;
  if (kind === "agent") return drawAgent(palette, rest[0] ?? "offline", rest[1] ?? "dot");
  if (kind === "cluster") return drawCluster(palette, rest.map(Number));
  return null;
}

function canvas(size: number, draw: (context: CanvasRenderingContext2D) => void): Picture | null {
  const element = document.createElement("canvas");
  element.width = element.height = size * RATIO;
  const context = element.getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  context.scale(RATIO, RATIO);
  context.translate(size / 2, size / 2);
  draw(context);
  return { image: context.getImageData(0, 0, size * RATIO, size * RATIO), pixelRatio: RATIO };
}

function drawAgent(palette: Palette, state: string, shape: string): Picture | null {
  const selected = state === "selected";
  const colour = selected ? palette.accent : palette.presence[state as Presence];
  const unit = selected ? 1.45 : 1;
  return canvas(selected ? 40 : 26, (context) => {
    context.beginPath();
    if (shape === "arrow") {
      context.moveTo(0, -9 * unit);
      context.lineTo(6.6 * unit, 7 * unit);
      context.lineTo(0, 3.8 * unit);
      context.lineTo(-6.6 * unit, 7 * unit);
      context.closePath();
    } else {
      context.arc(0, 0, (state === "offline" ? 4.4 : 5.4) * unit, 0, 2 * Math.PI);
    }
    context.lineJoin = "round";
    context.shadowColor = "rgba(10, 20, 35, 0.35)";
    context.shadowBlur = 3 * RATIO;
    context.shadowOffsetY = RATIO;
    context.strokeStyle = palette.outline;
    context.lineWidth = selected ? 4.5 : 3.5;
    context.stroke();
    context.shadowColor = "transparent";
    context.fillStyle = colour;
    context.fill();
    if (state === "silent") {
      // Hollow: told from offline without colours.
      context.beginPath();
      context.arc(0, 0, 2.3, 0, 2 * Math.PI);
      context.fillStyle = palette.outline;
      context.fill();
    }
  });
}

function drawCluster(palette: Palette, [online = 0, parked = 0, silent = 0]: number[]): Picture | null {
  const shares: [Presence, number][] = [
    ["online", online],
    ["parked", parked],
    ["silent", silent],
    ["offline", Math.max(0, SHARES - online - parked - silent)],
  ];
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  return canvas(52, (context) => {
    context.shadowColor = "rgba(10, 20, 35, 0.28)";
    context.shadowBlur = 6 * RATIO;
    context.shadowOffsetY = 2 * RATIO;
    context.fillStyle = palette.surface;
    context.beginPath();
    context.arc(0, 0, 20, 0, 2 * Math.PI);
    context.fill();
    context.shadowColor = "transparent";
    context.lineWidth = 4;
    let angle = -Math.PI / 2;
    for (const [presence, share] of shares) {
      if (share === 0) continue;
      const end = angle + (share / total) * 2 * Math.PI;
      context.strokeStyle = palette.presence[presence];
      context.beginPath();
      context.arc(0, 0, 17.5, angle, end);
      context.stroke();
      angle = end;
    }
  });
}
