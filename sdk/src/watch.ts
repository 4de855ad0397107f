// One room as it is now: the latest of every agent in it.
//
// Pure bookkeeping, no socket: the client feeds it messages. The server promises
// that positions of an agent only get newer; it is kept here too, across
// reconnections and servers.

import type {
  AgentEntry,
  ErrorMessage,
  Position,
  Presence,
  PresenceChange,
  Snapshot,
  Update,
  Viewport,
} from "./protocol.js";

/** An agent's latest position and presence. A new object for every change. */
export interface Agent extends Position {
  readonly presence: Presence;
  readonly presence_since: string;
  /** `recorded_at` in milliseconds since 1970. */
  readonly recorded_ms: number;
}

export interface Change {
  kind: "snapshot" | "update" | "presence";
  changed: readonly Agent[];
  removed: readonly string[];
}

export interface View {
  /** Only agents inside; null takes the limit away. */
  viewport?: Viewport | null;
  /** The server sends no more often than this. */
  minIntervalMs?: number;
}

/** What is said of this room through the socket. */
export interface Wire {
  view(watch: Watch): void;
  leave(watch: Watch): void;
}

export class Watch {
  readonly room: string;
  readonly #agents = new Map<string, Agent>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #refusedListeners = new Set<(error: ErrorMessage) => void>();
  readonly #wire: Wire;
  #view: View;
  #cursor: string | undefined;
  /** While a full snapshot comes in: who was named since it began. */
  #named: Set<string> | null = null;
  #incomplete = false;
  #loaded = false;

  constructor(room: string, view: View, wire: Wire) {
    this.room = room;
    this.#view = view;
    this.#wire = wire;
  }

  get agents(): ReadonlyMap<string, Agent> {
    return this.#agents;
  }
  get view(): View {
    return this.#view;
  }
  /** Where to resume; undefined before the first complete snapshot. */
  get cursor(): string | undefined {
    return this.#cursor;
  }
  /** True since the first complete snapshot. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Called for every message that changed something. Returns the way to stop it. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The server will not serve this room, and asking again would not help. */
  onRefused(listener: (error: ErrorMessage) => void): () => void {
    this.#refusedListeners.add(listener);
    return () => this.#refusedListeners.delete(listener);
  }

  /** Moves the view without a new subscription. */
  setView(view: View): void {
    this.#view = { ...this.#view, ...view };
    this.#wire.view(this);
  }

  close(): void {
    this.#listeners.clear();
    this.#refusedListeners.clear();
    this.#wire.leave(this);
  }

  /** The connection ended: a half snapshot is worth nothing to resume from. */
  interrupted(): void {
    this.#named = null;
    this.#incomplete = false;
  }

  refused(error: ErrorMessage): void {
    for (const listener of this.#refusedListeners) listener(error);
  }

  snapshot(message: Snapshot): void {
    const first = (message.part ?? 1) === 1;
    const last = message.part === undefined || message.last === true;
    if (first) {
      this.#incomplete = true;
      this.#named = message.resumed ? null : new Set();
    }
    const changed: Agent[] = [];
    for (const entry of message.agents) this.#take(entry, changed);
    const removed = this.#remove(message.left);
    if (last) {
      if (this.#named) {
        const gone = [...this.#agents.keys()].filter((id) => !this.#named?.has(id));
        removed.push(...this.#remove(gone));
      }
      this.#named = null;
      this.#incomplete = false;
      this.#loaded = true;
      this.#cursor = message.cursor;
    }
    this.#emit({ kind: "snapshot", changed, removed });
  }

  update(message: Update): void {
    const changed: Agent[] = [];
    for (const position of message.positions) this.#take(position, changed);
    const removed = this.#remove(message.left);
    this.#advance(message.cursor);
    if (changed.length > 0 || removed.length > 0) this.#emit({ kind: "update", changed, removed });
  }

  presence(message: PresenceChange): void {
    this.#advance(message.cursor);
    const known = this.#agents.get(message.agent);
    if (!known) return;
    const agent = { ...known, presence: message.state, presence_since: message.since };
    this.#agents.set(agent.agent, agent);
    this.#emit({ kind: "presence", changed: [agent], removed: [] });
  }

  #advance(cursor: string | undefined): void {
    if (!this.#incomplete && cursor !== undefined) this.#cursor = cursor;
  }

  #take(entry: Position | AgentEntry, changed: Agent[]): void {
    const recorded_ms = Date.parse(entry.recorded_at);
    if (typeof entry.agent !== "string" || !Number.isFinite(entry.lat) || !Number.isFinite(entry.lon)) return;
    if (Number.isNaN(recorded_ms)) return;
    this.#named?.add(entry.agent);

    const known = this.#agents.get(entry.agent);
    const newer = !known || recorded_ms >= known.recorded_ms;
    const told = "presence" in entry ? entry : known;
    const presence = told?.presence ?? "online";
    const presence_since = told?.presence_since ?? entry.recorded_at;
    if (!newer && known.presence === presence) return;
    const agent = newer
      ? { ...entry, presence, presence_since, recorded_ms }
      : { ...known, presence, presence_since };
    this.#agents.set(agent.agent, agent);
    changed.push(agent);
  }

  #remove(ids: readonly string[] | undefined): string[] {
    return (ids ?? []).filter((id) => this.#agents.delete(id));
  }

  #emit(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
