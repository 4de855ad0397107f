// Cuts what crosses longitude 180 into parts that stay within -180…180.

const WORLD = 360;

/** The same way without jumps: longitudes may leave -180…180. */
function unroll(points) {
  const out = [];
  let shift = 0;
  for (const [index, [lon, lat]] of points.entries()) {
    if (index > 0) {
      const step = lon - points[index - 1][0];
      if (step > 180) shift -= WORLD;
      else if (step < -180) shift += WORLD;
    }
    out.push([lon + shift, lat]);
  }
  return out;
}

/** A ring that goes once around a pole does not close when unrolled: it is led along the pole. */
function unrollRing(ring) {
  const points = unroll(ring);
  const first = points[0];
  const last = points.at(-1);
  if (Math.abs(last[0] - first[0]) < 180) return points;
  const meanLat = points.reduce((sum, [, lat]) => sum + lat, 0) / points.length;
  const pole = meanLat < 0 ? -90 : 90;
  return [...points, [last[0], pole], [first[0], pole], first];
}

/** The part of a closed ring on one side of a meridian (Sutherland and Hodgman). */
function clipRing(ring, meridian, keepWest) {
  const inside = ([lon]) => (keepWest ? lon <= meridian : lon >= meridian);
  const out = [];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [a, b] = [ring[i], ring[i + 1]];
    if (inside(a)) out.push(a);
    if (inside(a) !== inside(b)) out.push(crossing(a, b, meridian));
  }
  if (out.length < 3) return [];
  out.push(out[0]);
  return out;
}

function crossing(a, b, meridian) {
  const t = (meridian - a[0]) / (b[0] - a[0]);
  return [meridian, a[1] + t * (b[1] - a[1])];
}

const worldsOf = (points) => {
  const lons = points.map(([lon]) => lon);
  const from = Math.floor((Math.min(...lons) + 180) / WORLD);
  const to = Math.ceil((Math.max(...lons) - 180) / WORLD);
  return { from, to: Math.max(from, to) };
};

/** A polygon's rings → polygons' rings. */
export function cutPolygon(rings) {
  const [outer, ...holes] = rings.map(unrollRing);
  const { from, to } = worldsOf(outer);
  const polygons = [];
  for (let world = from; world <= to; world++) {
    const west = -180 + world * WORLD;
    const part = (ring) =>
      clipRing(clipRing(ring, west, false), west + WORLD, true).map(([lon, lat]) => [lon - world * WORLD, lat]);
    const cut = part(outer);
    if (cut.length === 0) continue;
    // A hole may have been unrolled into a neighbouring world.
    const cutHoles = holes.flatMap((hole) =>
      [-WORLD, 0, WORLD].map((shift) => part(hole.map(([lon, lat]) => [lon + shift, lat]))),
    );
    polygons.push([cut, ...cutHoles.filter((hole) => hole.length > 0 && within(hole[0], cut))]);
  }
  return polygons;
}

function within([x, y], ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** A line → lines. */
export function cutLine(line) {
  const parts = [[line[0]]];
  for (let i = 1; i < line.length; i++) {
    const [a, b] = [line[i - 1], line[i]];
    const step = b[0] - a[0];
    if (Math.abs(step) <= 180) {
      parts.at(-1).push(b);
      continue;
    }
    const edge = step > 0 ? -180 : 180;
    const [, lat] = crossing(a, [b[0] - Math.sign(step) * WORLD, b[1]], edge);
    parts.at(-1).push([edge, lat]);
    parts.push([[-edge, lat], b]);
  }
  return parts.filter((part) => part.length > 1);
}
