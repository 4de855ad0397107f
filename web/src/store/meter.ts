// How much comes in, how late, and how old the newest of it is.

import type { Agent } from "@fieldcast/sdk";

const WINDOW_MS = 5_000;
const SAMPLES_MAX = 400;

export interface Reading {
  updatesPerS: number;
  /** The median of the last seconds, from the fix on the phone to this page; null when nothing came. */
  delayMs: number | null;
  /** Since the newest fix of all; null when there is none. */
  newestAgeMs: number | null;
}

export class Meter {
  readonly #serverNow: () => number;
  #heard: { at: number; count: number }[] = [];
  #delays: { at: number; ms: number }[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(serverNow: () => number) {
    this.#serverNow = serverNow;
  }

  /** Positions that came as they happened. */
  heard(agents: readonly Agent[]): void {
    if (agents.length === 0) return;
    const at = Date.now();
    const serverNow = this.#serverNow();
    this.#heard.push({ at, count: agents.length });
    for (const { recorded_ms } of agents) this.#delays.push({ at, ms: Math.max(0, serverNow - recorded_ms) });
    if (this.#delays.length > SAMPLES_MAX) this.#delays.splice(0, this.#delays.length - SAMPLES_MAX);
    if (this.#heard.length > 2_000) this.#forget(at);
    this.saw(agents);
  }

  /** Positions of a snapshot: they tell nothing of delays. */
  saw(agents: readonly Agent[]): void {
    for (const { recorded_ms } of agents) this.#newestMs = Math.max(this.#newestMs, recorded_ms);
  }

  read(): Reading {
    this.#forget(Date.now());
    const count = this.#heard.reduce((sum, entry) => sum + entry.count, 0);
    const delays = this.#delays.map(({ ms }) => ms).toSorted((a, b) => a - b);
    return {
      updatesPerS: count / (WINDOW_MS / 1000),
      delayMs: delays[Math.floor(delays.length / 2)] ?? null,
      newestAgeMs: Number.isFinite(this.#newestMs) ? Math.max(0, this.#serverNow() - this.#newestMs) : null,
    };
  }

  #forget(now: number): void {
    const from = now - WINDOW_MS;
    this.#heard = this.#heard.filter(({ at }) => at >= from);
    this.#delays = this.#delays.filter(({ at }) => at >= from);
  }
}
