import type { Agent } from "@fieldcast/sdk";
import { describe, expect, it } from "vitest";
import { agentFeature, boundsOf } from "../src/map/features.js";
import { graticule, stepFor } from "../src/map/graticule.js";
import { unpackWorld } from "../src/map/world.js";
import { cutLine, cutPolygon } from "../scripts/antimeridian.mjs";
import { labelPoint, ringArea } from "../scripts/label-point.mjs";

const agent = (more: Partial<Agent> = {}): Agent => ({
  agent: "a",
  lat: 10,
  lon: 20,
  recorded_at: "2026-11-22T12:00:00Z",
  recorded_ms: 0,
  presence: "online",
  presence_since: "",
  ...more,
});
const at = (lat: number, lon: number) => agent({ lat, lon });

describe("an agent on the map", () => {
  it("is an arrow while it moves and its heading is known, else a dot", () => {
    expect(agentFeature(agent({ heading_deg: 44.6 })).properties).toMatchObject({ shape: "arrow", heading: 45 });
    expect(agentFeature(agent()).properties).toMatchObject({ shape: "dot", heading: 0 });
    expect(agentFeature(agent({ heading_deg: 90, presence: "parked" })).properties).toMatchObject({
      shape: "dot",
      heading: 0,
    });
  });
});

describe("the bounds of a team", () => {
  it("hold all of it", () => {
    expect(boundsOf([])).toBeNull();
    expect(boundsOf([at(1, 2)])).toEqual([2, 1, 2, 1]);
    expect(boundsOf([at(1, 2), at(-3, 40), at(7, 5)])).toEqual([2, -3, 40, 7]);
  });
  it("go the short way over the antimeridian", () => {
    expect(boundsOf([at(0, 178), at(0, -179), at(1, 179)])).toEqual([178, 0, 181, 1]);
  });
});

describe("the graticule", () => {
  it("grows finer with the zoom, and stays a few lines", () => {
    let before = Number.POSITIVE_INFINITY;
    for (let zoom = 0; zoom <= 18; zoom++) {
      const step = stepFor(zoom);
      expect(step).toBeLessThanOrEqual(before);
      before = step;
      const half = (360 / (512 * 2 ** zoom)) * 1500;
      const view = { west: 10 - half, east: 10 + half, south: Math.max(-85, 50 - half), north: Math.min(85, 50 + half) };
      const { geometry } = graticule(view, zoom);
      expect(geometry.type === "MultiLineString" && geometry.coordinates.length).toBeLessThan(121);
    }
    expect(stepFor(18)).toBe(0.001);
  });
});

describe("the cut at the antimeridian", () => {
  const area = (polygons: [number, number][][][]) =>
    polygons.reduce((sum, [outer, ...holes]) => sum + flat(outer) - holes.reduce((h, ring) => h + flat(ring), 0), 0);
  const flat = (ring: [number, number][] = []) => {
    let doubled = 0;
    for (let i = 0; i + 1 < ring.length; i++) {
      const [[ax = 0, ay = 0], [bx = 0, by = 0]] = [ring[i]!, ring[i + 1]!];
      doubled += ax * by - bx * ay;
    }
    return Math.abs(doubled) / 2;
  };
  const box = (west: number, south: number, east: number, north: number): [number, number][] => [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];

  it("leaves alone what does not cross", () => {
    expect(cutPolygon([box(10, 10, 20, 20)])).toEqual([[box(10, 10, 20, 20)]]);
  });

  it("makes two polygons of one that crosses, with the same area, inside the world", () => {
    const parts = cutPolygon([box(170, 10, -170, 20)]) as [number, number][][][];
    expect(parts).toHaveLength(2);
    expect(area(parts)).toBeCloseTo(200);
    for (const [lon] of parts.flat(2)) expect(Math.abs(lon)).toBeLessThanOrEqual(180);
  });

  it("cuts its holes too", () => {
    const parts = cutPolygon([box(160, 0, -160, 40), box(175, 10, -175, 20)]) as [number, number][][][];
    expect(area(parts)).toBeCloseTo(40 * 40 - 100);
  });

  it("leads a ring around the pole along it", () => {
    const ring: [number, number][] = [];
    for (let lon = -180; lon < 180; lon += 30) ring.push([lon, -70]);
    ring.push([-180, -70]);
    const parts = cutPolygon([ring]) as [number, number][][][];
    expect(area(parts)).toBeCloseTo(360 * 20);
  });

  it("breaks lines there", () => {
    expect(
      cutLine([
        [170, 0],
        [-170, 10],
        [-160, 10],
      ]),
    ).toEqual([
      [
        [170, 0],
        [180, 5],
      ],
      [
        [-180, 5],
        [-170, 10],
        [-160, 10],
      ],
    ]);
  });
});

describe("a name's place", () => {
  it("is inside its polygon, even when the middle is not", () => {
    const horseshoe = [
      [0, 0],
      [30, 0],
      [30, 30],
      [20, 30],
      [20, 8],
      [10, 8],
      [10, 30],
      [0, 30],
      [0, 0],
    ];
    const [x, y] = labelPoint([horseshoe]) as [number, number];
    expect(y < 8 || x < 10 || x > 20).toBe(true);
    expect(ringArea(horseshoe)).toBeGreaterThan(0);
  });
});

describe("the packed world", () => {
  it("unpacks to the rings that were packed, with coasts that leave out the cuts", () => {
    const ring = [180000, 0, 0, 10000, -10000, 0, 0, -10000, 10000, 0];
    const world = unpackWorld({ scale: 1000, land: [[ring]], borders: [[0, 0, 1000, 1000]], labels: [["X", 1, 2, 3]] });
    const [land, coast, border, label] = world.features;
    const outer = [
      [180, 0],
      [180, 10],
      [170, 10],
      [170, 0],
      [180, 0],
    ];
    expect(land?.geometry).toEqual({ type: "Polygon", coordinates: [outer] });
    expect(coast?.geometry).toEqual({ type: "MultiLineString", coordinates: [outer.slice(1)] });
    expect(border?.geometry).toMatchObject({ coordinates: [[[0, 0], [1, 1]]] });
    expect(label?.properties).toEqual({ kind: "label", name: "X", rank: 3 });
  });
});
