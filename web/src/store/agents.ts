// The agents of the team on screen, outside React.
//
// A watch changes many times a second; those who look are told at most four
// times a second, and a row only when its own agent changed.

import type { Agent, Change, Presence, Watch } from "@fieldcast/sdk";
import { Meter } from "./meter.js";

export const FLUSH_EVERY_MS = 250;

export type Filter = "all" | Presence;

export interface ListView {
  /** Ids that pass search and filter, by name. */
  ids: readonly string[];
  counts: Readonly<Record<Filter, number>>;
  query: string;
  filter: Filter;
}

export interface Flush {
  changed: ReadonlySet<string>;
  removed: ReadonlySet<string>;
}

type Listener = () => void;
const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export class AgentStore {
  readonly meter: Meter;
  /** The server's clock: ages are told by it, not by this machine's. */
  readonly serverNow: () => number;
  readonly #watch: Watch;
  readonly #stop: () => void;
  readonly #agentListeners = new Map<string, Set<Listener>>();
  readonly #listListeners = new Set<Listener>();
  readonly #flushListeners = new Set<(flush: Flush) => void>();
  /** All agents in the list's order, with what is searched. */
  #order: { id: string; name: string; key: string }[] = [];
  #names = new Map<string, string>();
  #states = new Map<string, Presence>();
  #list: ListView;
  #changed = new Set<string>();
  #removed = new Set<string>();
  #loaded: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushedAt = 0;

  constructor(watch: Watch, serverNow: () => number) {
    this.#watch = watch;
    this.serverNow = serverNow;
    this.#loaded = watch.loaded;
    this.meter = new Meter(serverNow);
    this.#list = { ids: [], counts: countNone(), query: "", filter: "all" };
    this.#stop = watch.onChange((change) => this.#take(change));
    if (watch.agents.size > 0) {
      for (const id of watch.agents.keys()) this.#changed.add(id);
      this.flush();
    }
  }

  close(): void {
    this.#stop();
    clearTimeout(this.#timer);
  }

  get agents(): ReadonlyMap<string, Agent> {
    return this.#watch.agents;
  }
  /** True when the server has told of all agents. */
  readonly isLoaded = (): boolean => this.#loaded;
  readonly agent = (id: string): Agent | undefined => this.#watch.agents.get(id);
  readonly list = (): ListView => this.#list;

  readonly onAgent = (id: string, listener: Listener): (() => void) => {
    let listeners = this.#agentListeners.get(id);
    if (!listeners) this.#agentListeners.set(id, (listeners = new Set()));
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#agentListeners.delete(id);
    };
  };
  readonly onList = (listener: Listener): (() => void) => {
    this.#listListeners.add(listener);
    return () => this.#listListeners.delete(listener);
  };
  /** For the map: everything that changed since the last time. */
  onFlush(listener: (flush: Flush) => void): () => void {
    this.#flushListeners.add(listener);
    return () => this.#flushListeners.delete(listener);
  }

  search(query: string): void {
    this.#show({ ...this.#list, query });
  }
  filter(filter: Filter): void {
    this.#show({ ...this.#list, filter });
  }

  #take(change: Change): void {
    if (change.kind === "update") this.meter.heard(change.changed);
    else this.meter.saw(change.changed);
    for (const { agent } of change.changed) {
      this.#changed.add(agent);
      this.#removed.delete(agent);
    }
    for (const id of change.removed) {
      this.#removed.add(id);
      this.#changed.delete(id);
    }
    // At once after a quiet time, else when it is due.
    const due = this.#flushedAt + FLUSH_EVERY_MS - Date.now();
    this.#timer ??= setTimeout(() => this.flush(), Math.min(FLUSH_EVERY_MS, Math.max(0, due)));
  }

  /** Tells everybody. By itself at most every FLUSH_EVERY_MS. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushedAt = Date.now();
    const flush: Flush = { changed: this.#changed, removed: this.#removed };
    this.#changed = new Set();
    this.#removed = new Set();

    const justLoaded = this.#watch.loaded && !this.#loaded;
    this.#loaded = this.#watch.loaded;
    if (this.#reorder(flush) || justLoaded) this.#show({ ...this.#list });
    for (const listener of this.#flushListeners) listener(flush);
    for (const id of [...flush.changed, ...flush.removed]) {
      for (const listener of this.#agentListeners.get(id) ?? []) listener();
    }
  }

  /** True when the list may look different: who is in it, their names or their states. */
  #reorder({ changed, removed }: Flush): boolean {
    let [order, states] = [false, false];
    for (const id of removed) {
      order = this.#names.delete(id) || order;
      this.#states.delete(id);
    }
    for (const id of changed) {
      const agent = this.#watch.agents.get(id);
      if (!agent) continue;
      const name = nameOf(agent);
      if (this.#names.get(id) !== name) {
        this.#names.set(id, name);
        order = true;
      }
      if (this.#states.get(id) !== agent.presence) {
        this.#states.set(id, agent.presence);
        states = true;
      }
    }
    if (order) {
      this.#order = Array.from(this.#names, ([id, name]) => ({ id, name, key: `${name}\n${id}`.toLowerCase() }));
      this.#order.sort((a, b) => byName.compare(a.name, b.name) || byName.compare(a.id, b.id));
    }
    return order || states;
  }

  #show(list: ListView): void {
    const wanted = list.query.trim().toLowerCase();
    const counts = countNone();
    const ids: string[] = [];
    for (const { id, key } of this.#order) {
      if (wanted !== "" && !key.includes(wanted)) continue;
      const presence = this.#states.get(id) ?? "offline";
      counts.all++;
      counts[presence]++;
      if (list.filter === "all" || list.filter === presence) ids.push(id);
    }
    this.#list = { ...list, ids, counts };
    for (const listener of this.#listListeners) listener();
  }
}

export function nameOf(agent: Agent): string {
  return agent.name === undefined || agent.name === "" ? agent.agent : agent.name;
}

function countNone(): Record<Filter, number> {
  return { all: 0, online: 0, parked: 0, silent: 0, offline: 0 };
}
