// Where a name stands best: far inside its polygon.

/** In square degrees, shrunk towards the poles as the eye sees it on a globe. */
export function ringArea(ring) {
  let doubled = 0;
  let latitudes = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    doubled += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
    latitudes += ring[i][1];
  }
  const lat = latitudes / Math.max(1, ring.length - 1);
  return (Math.abs(doubled) / 2) * Math.cos((lat * Math.PI) / 180);
}

/** Distance to the nearest edge, negative outside. */
function depth([x, y], rings, squeeze) {
  let inside = false;
  let nearest = Number.POSITIVE_INFINITY;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
      const [dx, dy] = [(bx - ax) * squeeze, by - ay];
      const [px, py] = [(x - ax) * squeeze, y - ay];
      const t = Math.max(0, Math.min(1, (px * dx + py * dy) / (dx * dx + dy * dy || 1)));
      nearest = Math.min(nearest, (px - t * dx) ** 2 + (py - t * dy) ** 2);
    }
  }
  return inside ? Math.sqrt(nearest) : -Math.sqrt(nearest);
}

/** The deepest point of a grid, refined three times around the best. */
export function labelPoint(rings) {
  const outer = rings[0];
  let [west, south, east, north] = outer.reduce(
    ([w, s, e, n], [lon, lat]) => [Math.min(w, lon), Math.min(s, lat), Math.max(e, lon), Math.max(n, lat)],
    [Infinity, Infinity, -Infinity, -Infinity],
  );
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  let best = { point: [(west + east) / 2, (south + north) / 2], depth: -Infinity };
  for (let round = 0; round < 4; round++) {
    const cells = 14;
    for (let i = 0; i <= cells; i++) {
      for (let j = 0; j <= cells; j++) {
        const point = [west + ((east - west) * i) / cells, south + ((north - south) * j) / cells];
        const found = depth(point, rings, squeeze);
        if (found > best.depth) best = { point, depth: found };
      }
    }
    const [halfX, halfY] = [(east - west) / cells, (north - south) / cells];
    [west, east] = [best.point[0] - halfX, best.point[0] + halfX];
    [south, north] = [best.point[1] - halfY, best.point[1] + halfY];
  }
  return best.point;
}
