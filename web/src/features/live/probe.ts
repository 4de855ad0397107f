// `window.fieldcast`: what the page shows, for tests and for curious people. Read only.

import type { LinkState } from "@fieldcast/sdk";
import type { AgentFeature } from "../../map/features.js";
import type { LiveMap } from "../../map/live-map.js";
import type { Connection } from "./connection.js";

export interface Probe {
  /** What the map was given. */
  agents: () => AgentFeature[];
  link: () => LinkState;
  /** The map stands still. */
  idle: () => boolean;
  /** The map has been drawn whole once. */
  settled: () => boolean;
}

declare global {
  interface Window {
    fieldcast?: Probe;
  }
}

export function exposeProbe(connection: Connection, map: LiveMap): () => void {
  window.fieldcast = Object.freeze({
    agents: () => structuredClone(map.features()),
    link: () => connection.state(),
    idle: () => map.isIdle(),
    settled: () => map.hasSettled(),
  });
  return () => {
    delete window.fieldcast;
  };
}
