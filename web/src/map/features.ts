// Agents as the map is given them.

import type { Agent } from "@fieldcast/sdk";

export interface AgentProperties {
  agent: string;
  presence: Agent["presence"];
  shape: "arrow" | "dot";
  heading: number;
}
export type AgentFeature = GeoJSON.Feature<GeoJSON.Point, AgentProperties>;

export function agentFeature(agent: Agent): AgentFeature {
  const moves = agent.presence === "online" && agent.heading_deg !== undefined;
  return {
    type: "Feature",
    id: agent.agent,
    properties: {
      agent: agent.agent,
      presence: agent.presence,
      shape: moves ? "arrow" : "dot",
      heading: moves ? Math.round(agent.heading_deg ?? 0) : 0,
    },
    geometry: { type: "Point", coordinates: [agent.lon, agent.lat] },
  };
}

/** West, south, east, north of all; null of none. Goes the short way over longitude 180. */
export function boundsOf(agents: Iterable<Agent>): [number, number, number, number] | null {
  const lons: number[] = [];
  let [south, north] = [90, -90];
  for (const { lat, lon } of agents) {
    lons.push(lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  if (lons.length === 0) return null;
  lons.sort((a, b) => a - b);
  const first = lons[0] ?? 0;
  const last = lons.at(-1) ?? 0;
  let [west, east, widestGap] = [first, last, first + 360 - last];
  for (let i = 1; i < lons.length; i++) {
    const [before = 0, after = 0] = [lons[i - 1], lons[i]];
    if (after - before > widestGap) [west, east, widestGap] = [after, before + 360, after - before];
  }
  return [west, south, east, north];
}
