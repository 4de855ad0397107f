// Lines of latitude and longitude, as close as the zoom bears: where the base map has no streets
// they still show how far things are apart.

const STEPS_DEG = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const LINES_MAX = 60;

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** The smallest step that leaves at least `apartPx` between lines. */
export function stepFor(zoom: number, apartPx = 90): number {
  const degreesPerPx = 360 / (512 * 2 ** zoom);
  return STEPS_DEG.findLast((step) => step / degreesPerPx >= apartPx) ?? 30;
}

export function graticule({ west, south, east, north }: Bounds, zoom: number): GeoJSON.Feature {
  const step = stepFor(zoom);
  const from = (value: number) => Math.floor(value / step) - 2;
  const to = (value: number) => Math.ceil(value / step) + 2;
  const [top, bottom] = [Math.min(85, north + 2 * step), Math.max(-85, south - 2 * step)];
  const lines: [number, number][][] = [];
  for (let i = from(west); i <= to(east) && lines.length < LINES_MAX; i++) {
    lines.push([
      [i * step, bottom],
      [i * step, top],
    ]);
  }
  for (let i = from(bottom); i <= to(top) && lines.length < 2 * LINES_MAX; i++) {
    if (Math.abs(i * step) > 85) continue;
    lines.push([
      [west - 2 * step, i * step],
      [east + 2 * step, i * step],
    ]);
  }
  return { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } };
}
