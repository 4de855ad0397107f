// What goes over the wire, version 1 of the protocol (subprotocol fieldcast.v1.json).

export const SUBPROTOCOL = "fieldcast.v1.json";

export type Presence = "online" | "parked" | "silent" | "offline";
export type Activity = "stationary" | "walking" | "running" | "cycling" | "driving";

/** West, south, east, north in degrees; west above east crosses the antimeridian. */
export type Viewport = readonly [west: number, south: number, east: number, north: number];

/** One accepted fix of an agent. Absent values are left out. */
export interface Position {
  agent: string;
  name?: string;
  team?: string;
  lat: number;
  lon: number;
  /** RFC 3339, UTC, milliseconds. */
  recorded_at: string;
  accuracy_m?: number;
  speed_mps?: number;
  heading_deg?: number;
  altitude_m?: number;
  /** 0 to 1. */
  battery?: number;
  activity?: Activity;
  attributes?: Record<string, unknown>;
}

/** An entry of a snapshot: the last position with what is known of the agent's presence. */
export interface AgentEntry extends Position {
  presence: Presence;
  presence_since: string;
}

export interface Welcome {
  type: "welcome";
  session: string;
  user: string;
  role: string;
  server_time: string;
  heartbeat_s: number;
  interval_s: number;
  limits: { message_bytes: number; positions_per_message: number; messages_per_s: number };
}

export interface Snapshot {
  type: "snapshot";
  id?: number;
  room: string;
  cursor: string;
  /** True: only what changed since the cursor that was sent. */
  resumed: boolean;
  /** From 1; absent when the snapshot came in one piece. */
  part?: number;
  last?: boolean;
  agents: AgentEntry[];
  left?: string[];
}

export interface Update {
  type: "update";
  room: string;
  cursor: string;
  positions: Position[];
  /** Agents that are no longer in the room or in the view. */
  left?: string[];
}

export interface PresenceChange {
  type: "presence";
  room: string;
  cursor: string;
  agent: string;
  state: Presence;
  since: string;
}

export interface ErrorMessage {
  type: "error";
  id?: number;
  code: string;
  text: string;
  temporary: boolean;
  retry_after_s?: number;
  room?: string;
}

export interface Ok {
  type: "ok";
  id?: number;
}

export interface Pong {
  type: "pong";
  id?: number;
  server_time: string;
}

export interface TokenExpiring {
  type: "token_expiring";
  in_s: number;
}

export interface GoAway {
  type: "goaway";
  reason: string;
  reconnect_after_ms: [min: number, max: number];
}

export type ServerMessage =
  | Welcome
  | Snapshot
  | Update
  | PresenceChange
  | ErrorMessage
  | Ok
  | Pong
  | TokenExpiring
  | GoAway;

export interface Subscribe {
  type: "subscribe";
  id: number;
  room: string;
  viewport?: Viewport;
  min_interval_ms?: number;
  since?: string;
}

export type ClientMessage =
  | Subscribe
  | { type: "view"; room: string; viewport?: Viewport; min_interval_ms?: number }
  | { type: "unsubscribe"; id: number; room: string }
  | { type: "auth"; id: number; token: string }
  | { type: "ping"; id: number };

/** The message, or null for what is not one: a client outlives a server newer than itself. */
export function parseServerMessage(text: unknown): ServerMessage | null {
  if (typeof text !== "string") return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "type" in value && typeof value.type === "string") {
      return value as ServerMessage;
    }
  } catch {
    // Not JSON.
  }
  return null;
}
