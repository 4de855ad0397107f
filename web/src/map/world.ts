// Reads the base map that scripts/world.mjs made.

import worldUrl from "../../generated/world.json?url";

interface Packed {
  scale: number;
  /** Polygons' rings, each as steps. */
  land: number[][][];
  borders: number[][];
  /** Name, longitude, latitude, rank (about the area in square degrees). */
  labels: [string, number, number, number][];
}

type Point = [number, number];

function points(steps: number[], scale: number): Point[] {
  const out: Point[] = [];
  let [x, y] = [0, 0];
  for (let i = 0; i + 1 < steps.length; i += 2) {
    x += steps[i] ?? 0;
    y += steps[i + 1] ?? 0;
    out.push([x / scale, y / scale]);
  }
  return out;
}

/** A ring without the edges that only exist because the world was cut there. */
function coasts(ring: Point[]): Point[][] {
  const lines: Point[][] = [[]];
  for (const [index, point] of ring.entries()) {
    const before = ring[index - 1];
    const onCut =
      before !== undefined &&
      ((Math.abs(point[0]) === 180 && before[0] === point[0]) || (point[1] === -90 && before[1] === -90));
    if (onCut) lines.push([]);
    lines.at(-1)?.push(point);
  }
  return lines.filter((line) => line.length > 1);
}

export function unpackWorld({ scale, land, borders, labels }: Packed): GeoJSON.FeatureCollection {
  const feature = (properties: object, geometry: GeoJSON.Geometry): GeoJSON.Feature => ({
    type: "Feature",
    properties,
    geometry,
  });
  const features: GeoJSON.Feature[] = [];
  const coastLines: Point[][] = [];
  for (const polygon of land) {
    const coordinates = polygon.map((ring) => points(ring, scale));
    features.push(feature({ kind: "land" }, { type: "Polygon", coordinates }));
    for (const ring of coordinates) coastLines.push(...coasts(ring));
  }
  const borderLines = borders.map((line) => points(line, scale));
  features.push(feature({ kind: "coast" }, { type: "MultiLineString", coordinates: coastLines }));
  features.push(feature({ kind: "border" }, { type: "MultiLineString", coordinates: borderLines }));
  for (const [name, lon, lat, rank] of labels) {
    features.push(feature({ kind: "label", name, rank }, { type: "Point", coordinates: [lon, lat] }));
  }
  return { type: "FeatureCollection", features };
}

export async function loadWorld(): Promise<GeoJSON.FeatureCollection> {
  const response = await fetch(worldUrl);
  if (!response.ok) throw new Error(`the base map answered ${response.status}`);
  return unpackWorld((await response.json()) as Packed);
}
