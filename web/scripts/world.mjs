// Makes generated/world.json, the base map that needs no network, from the npm package world-atlas
// (Natural Earth, public domain): land, borders and names of countries. src/map/world.ts reads it.
//
// Lines are whole thousandths of a degree, each point as the step from the one before it: a third
// of the size of GeoJSON when compressed.
//
// The atlas joins polygons across the antimeridian. Drawn as they are, MapLibre would fill the way
// around the world between both ends, so every ring is unrolled, clipped to the world and put back.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { feature, mesh } from "topojson-client";
import { cutLine, cutPolygon } from "./antimeridian.mjs";
import { labelPoint, ringArea } from "./label-point.mjs";

const require = createRequire(import.meta.url);
const topology = JSON.parse(readFileSync(require.resolve("world-atlas/countries-50m.json"), "utf8"));
const { countries, land } = topology.objects;

const SCALE = 1000;
const polygonsOf = (geometry) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates);

/** [x0, y0, dx1, dy1, …] without points that fall together. */
function steps(points) {
  const out = [];
  let [x, y] = [0, 0];
  for (const [lon, lat] of points) {
    const [nextX, nextY] = [Math.round(lon * SCALE), Math.round(lat * SCALE)];
    if (out.length > 0 && nextX === x && nextY === y) continue;
    out.push(nextX - x, nextY - y);
    [x, y] = [nextX, nextY];
  }
  return out;
}

const landPolygons = feature(topology, land)
  .features.flatMap(({ geometry }) => polygonsOf(geometry))
  .flatMap(cutPolygon)
  .map((rings) => rings.map(steps).filter((ring) => ring.length >= 8))
  .filter((rings) => rings.length > 0);

const borders = mesh(topology, countries, (a, b) => a !== b)
  .coordinates.flatMap(cutLine)
  .map(steps)
  .filter((line) => line.length >= 4);

// Names that the atlas shortens.
const names = {
  "Bosnia and Herz.": "Bosnia and Herzegovina",
  "Central African Rep.": "Central African Republic",
  "Dem. Rep. Congo": "DR Congo",
  "Dominican Rep.": "Dominican Republic",
  "Eq. Guinea": "Equatorial Guinea",
  "S. Sudan": "South Sudan",
  "Solomon Is.": "Solomon Islands",
  "United States of America": "United States",
  "W. Sahara": "Western Sahara",
  Macedonia: "North Macedonia",
};

const labels = feature(topology, countries).features.flatMap(({ properties, geometry }) => {
  const polygons = polygonsOf(geometry).flatMap(cutPolygon);
  const largest = polygons.toSorted((a, b) => ringArea(b[0]) - ringArea(a[0]))[0];
  if (!largest) return [];
  const area = polygons.reduce((sum, [outer]) => sum + ringArea(outer), 0);
  const [lon, lat] = labelPoint(largest);
  const tenth = (value) => Math.round(value * 10) / 10;
  return [[names[properties.name] ?? properties.name, tenth(lon), tenth(lat), Math.ceil(area)]];
});

const world = { scale: SCALE, land: landPolygons, borders, labels };

const folder = new URL("../generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
const text = JSON.stringify(world);
writeFileSync(new URL("world.json", folder), text);
console.log(`world.json: ${landPolygons.length} polygons, ${labels.length} names, ${(text.length / 1e6).toFixed(1)} MB`);
