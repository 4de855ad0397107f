// The style: a world without glyphs, sprites or tiles from anywhere, and the agents on it.
//
// `glyphs` is left out on purpose: MapLibre then draws labels from the page's own fonts.

import type {
  ExpressionSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";
import { palettes, type Theme } from "./palette.js";
import { SHARES } from "./symbols.js";

/** From this zoom on every agent stands for itself. */
export const CLUSTERS_BELOW_ZOOM = 12;

const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const FONT = ["Inter Variable"];
const BOLD = ["Inter Variable Bold"];

const countOf = (presence: string): ExpressionSpecification => [
  "+",
  ["case", ["==", ["get", "presence"], presence], 1, 0],
];
const shareOf = (presence: string): ExpressionSpecification => [
  "to-string",
  ["round", ["/", ["*", SHARES, ["get", presence]], ["get", "point_count"]]],
];

const sources: Record<string, SourceSpecification> = {
  world: { type: "geojson", data: EMPTY, attribution: "Natural Earth", tolerance: 0.3, maxzoom: 10 },
  grid: { type: "geojson", data: EMPTY, tolerance: 0 },
  agents: {
    type: "geojson",
    data: EMPTY,
    promoteId: "agent",
    cluster: true,
    clusterMaxZoom: CLUSTERS_BELOW_ZOOM - 1,
    clusterRadius: 32,
    clusterMinPoints: 4,
    clusterProperties: { online: countOf("online"), parked: countOf("parked"), silent: countOf("silent") },
    maxzoom: 16,
  },
  selected: { type: "geojson", data: EMPTY, promoteId: "agent" },
};

export function layers(theme: Theme): LayerSpecification[] {
  const c = palettes[theme];
  const isAgent: ExpressionSpecification = ["!", ["has", "point_count"]];
  return [
    { id: "water", type: "background", paint: { "background-color": c.water } },
    {
      id: "land",
      type: "fill",
      source: "world",
      filter: ["==", ["get", "kind"], "land"],
      paint: { "fill-color": c.land, "fill-antialias": false },
    },
    {
      id: "border",
      type: "line",
      source: "world",
      filter: ["==", ["get", "kind"], "border"],
      paint: {
        "line-color": c.border,
        "line-width": ["interpolate", ["linear"], ["zoom"], 2, 0.6, 6, 1.2, 12, 2],
        "line-dasharray": [3, 2],
      },
    },
    {
      id: "coast",
      type: "line",
      source: "world",
      filter: ["==", ["get", "kind"], "coast"],
      paint: { "line-color": c.coast, "line-width": ["interpolate", ["linear"], ["zoom"], 2, 0.5, 8, 1.3] },
    },
    { id: "grid", type: "line", source: "grid", paint: { "line-color": c.grid, "line-width": 1 } },
    {
      id: "country",
      type: "symbol",
      source: "world",
      filter: [
        "all",
        ["==", ["get", "kind"], "label"],
        [">=", ["get", "rank"], ["step", ["zoom"], 40, 3, 12, 4, 4, 5, 1]],
      ],
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 2, 11, 6, 14.5],
        "text-letter-spacing": 0.06,
        "text-max-width": 7,
        "text-padding": 8,
        "symbol-sort-key": ["-", 0, ["get", "rank"]],
      },
      paint: {
        "text-color": c.label,
        "text-halo-color": c.labelHalo,
        "text-halo-width": 1.4,
        "text-opacity": ["interpolate", ["linear"], ["zoom"], 7, 1, 9, 0],
      },
    },
    {
      id: "agents",
      type: "symbol",
      source: "agents",
      filter: isAgent,
      layout: {
        "icon-image": ["concat", `agent/${theme}/`, ["get", "presence"], "/", ["get", "shape"]],
        "icon-rotate": ["get", "heading"],
        "icon-rotation-alignment": "map",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 4, 0.8, 12, 1, 16, 1.25],
        // Those who move lie above those who do not.
        "symbol-sort-key": ["match", ["get", "presence"], "online", 3, "parked", 2, "silent", 1, 0],
      },
      paint: {},
    },
    {
      id: "clusters",
      type: "symbol",
      source: "agents",
      filter: ["has", "point_count"],
      layout: {
        "icon-image": [
          "concat",
          `cluster/${theme}/`,
          shareOf("online"),
          "/",
          shareOf("parked"),
          "/",
          shareOf("silent"),
        ],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "icon-size": ["step", ["get", "point_count"], 0.78, 10, 0.92, 100, 1.1, 1000, 1.28],
        "text-field": ["get", "point_count_abbreviated"],
        "text-font": BOLD,
        "text-size": ["step", ["get", "point_count"], 11.5, 100, 12.5, 1000, 13.5],
        "text-allow-overlap": true,
        "text-ignore-placement": true,
        "symbol-sort-key": ["get", "point_count"],
      },
      paint: { "text-color": c.text },
    },
    {
      id: "selected-halo",
      type: "circle",
      source: "selected",
      paint: {
        "circle-radius": 24,
        "circle-color": c.accent,
        "circle-opacity": 0.16,
        "circle-stroke-color": c.accent,
        "circle-stroke-width": 1,
        "circle-stroke-opacity": 0.35,
      },
    },
    {
      id: "selected",
      type: "symbol",
      source: "selected",
      layout: {
        "icon-image": ["concat", `agent/${theme}/selected/`, ["get", "shape"]],
        "icon-rotate": ["get", "heading"],
        "icon-rotation-alignment": "map",
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
      paint: {},
    },
  ];
}

export function mapStyle(theme: Theme): StyleSpecification {
  return { version: 8, sources, layers: layers(theme) };
}
