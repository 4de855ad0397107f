import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Position, type Presence, Watch } from "@fieldcast/sdk";
import { AgentStore, FLUSH_EVERY_MS } from "../src/store/agents.js";

const NOW = Date.parse("2026-11-22T12:00:00Z");
beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

const ROOM = "team:north";
const position = (agent: string, more: Partial<Position> = {}): Position => ({
  agent,
  lat: 1,
  lon: 2,
  recorded_at: new Date(Date.now()).toISOString(),
  ...more,
});
const entry = (agent: string, presence: Presence = "online", more: Partial<Position> = {}) => ({
  ...position(agent, more),
  presence,
  presence_since: new Date(NOW).toISOString(),
});

function make(agents: ReturnType<typeof entry>[] = []) {
  const watch = new Watch(ROOM, {}, { view: () => undefined, leave: () => undefined });
  const store = new AgentStore(watch, () => Date.now());
  const snapshot = (list: ReturnType<typeof entry>[]) =>
    watch.snapshot({ type: "snapshot", room: ROOM, cursor: "1", resumed: false, agents: list });
  const update = (positions: Position[], left: string[] = []) =>
    watch.update({ type: "update", room: ROOM, cursor: "2", positions, left });
  const presence = (agent: string, state: Presence) =>
    watch.presence({ type: "presence", room: ROOM, cursor: "3", agent, state, since: new Date().toISOString() });
  if (agents.length > 0) {
    snapshot(agents);
    store.flush();
  }
  return { watch, store, snapshot, update, presence };
}

describe("the store", () => {
  it("gathers what comes within 250 ms into one flush", () => {
    const { store, update } = make([entry("a"), entry("b")]);
    const flushes: string[][] = [];
    store.onFlush(({ changed }) => flushes.push([...changed]));
    update([position("a")]);
    vi.advanceTimersByTime(100);
    update([position("a"), position("b")]);
    vi.advanceTimersByTime(FLUSH_EVERY_MS);
    expect(flushes).toEqual([["a", "b"]]);
    vi.advanceTimersByTime(10_000);
    expect(flushes).toHaveLength(1);
  });

  it("tells at once what comes after a quiet time", () => {
    const { store, update } = make([entry("a")]);
    const onFlush = vi.fn();
    store.onFlush(onFlush);
    vi.advanceTimersByTime(FLUSH_EVERY_MS);
    update([position("a")]);
    vi.advanceTimersByTime(0);
    expect(onFlush).toHaveBeenCalledTimes(1);
    update([position("a")]);
    vi.advanceTimersByTime(FLUSH_EVERY_MS - 1);
    expect(onFlush).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(onFlush).toHaveBeenCalledTimes(2);
  });

  it("wakes only the rows of agents that changed", () => {
    const { store, update } = make([entry("a"), entry("b")]);
    const [onA, onB, onList] = [vi.fn(), vi.fn(), vi.fn()];
    store.onAgent("a", onA);
    const stop = store.onAgent("b", onB);
    store.onList(onList);
    update([position("a")]);
    store.flush();
    expect([onA.mock.calls.length, onB.mock.calls.length, onList.mock.calls.length]).toEqual([1, 0, 0]);
    stop();
    update([position("b")]);
    store.flush();
    expect(onB).not.toHaveBeenCalled();
  });

  it("keeps the list still while agents only move", () => {
    const { store, update } = make([entry("a")]);
    const before = store.list();
    update([position("a", { lat: 5 })]);
    store.flush();
    expect(store.list()).toBe(before);
    expect(store.agent("a")?.lat).toBe(5);
  });

  it("says who left", () => {
    const { store, update } = make([entry("a"), entry("b")]);
    const gone: string[][] = [];
    store.onFlush(({ changed, removed }) => gone.push([...changed, "|", ...removed]));
    update([position("b")], ["b", "a"]);
    store.flush();
    expect(gone).toEqual([["|", "b", "a"]]);
    expect(store.list().ids).toEqual([]);
  });

  it("takes up a watch that is full already", () => {
    const { watch } = make([entry("a")]);
    const second = new AgentStore(watch, () => Date.now());
    expect(second.list().ids).toEqual(["a"]);
    expect(second.isLoaded()).toBe(true);
  });

  it("tells an empty team from one that has not been heard of", () => {
    const { store, snapshot } = make();
    const onList = vi.fn();
    store.onList(onList);
    expect(store.isLoaded()).toBe(false);
    snapshot([]);
    store.flush();
    expect(store.isLoaded()).toBe(true);
    expect(onList).toHaveBeenCalledTimes(1);
  });

  it("is quiet once closed", () => {
    const { store, update } = make([entry("a")]);
    const onFlush = vi.fn();
    store.onFlush(onFlush);
    update([position("a")]);
    store.close();
    update([position("a")]);
    vi.advanceTimersByTime(1000);
    expect(onFlush).not.toHaveBeenCalled();
  });
});

describe("the list", () => {
  const fleet = () =>
    make([
      entry("u1", "online", { name: "Zoe" }),
      entry("u2", "parked", { name: "ana" }),
      entry("u10", "offline"),
      entry("u9", "silent"),
      entry("u3", "online", { name: "Ångström" }),
    ]);

  it("is in the order of names, numbers by value, and of ids where there is no name", () => {
    expect(fleet().store.list().ids).toEqual(["u2", "u3", "u9", "u10", "u1"]);
  });

  it("counts by presence and follows its changes", () => {
    const { store, presence } = fleet();
    expect(store.list().counts).toEqual({ all: 5, online: 2, parked: 1, silent: 1, offline: 1 });
    store.filter("online");
    presence("u1", "parked");
    store.flush();
    expect(store.list().counts).toMatchObject({ online: 1, parked: 2 });
    expect(store.list().ids).toEqual(["u3"]);
  });

  it("finds by name and by id, whatever the case", () => {
    const { store } = fleet();
    store.search("ÅNG");
    expect(store.list().ids).toEqual(["u3"]);
    store.search(" U1 ");
    expect(store.list().ids).toEqual(["u10", "u1"]);
    store.filter("offline");
    expect(store.list().ids).toEqual(["u10"]);
    store.search("nobody");
    expect(store.list().ids).toEqual([]);
  });

  it("moves an agent whose name changed", () => {
    const { store, update } = fleet();
    update([position("u2", { name: "Zz" })]);
    store.flush();
    expect(store.list().ids.at(-1)).toBe("u2");
  });
});

describe("the meter", () => {
  it("tells updates a second and the median delay of the last five seconds", () => {
    const { store, update } = make([entry("a", "online", { recorded_at: "2026-11-22T11:00:00Z" })]);
    expect(store.meter.read()).toEqual({ updatesPerS: 0, delayMs: null, newestAgeMs: 3_600_000 });
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(100);
      update([position("a", { recorded_at: new Date(Date.now() - 10 * i).toISOString() })]);
    }
    expect(store.meter.read()).toMatchObject({ updatesPerS: 2, delayMs: 50 });
    vi.advanceTimersByTime(5_001);
    expect(store.meter.read()).toMatchObject({ updatesPerS: 0, delayMs: null });
  });

  it("ages with the newest of all positions", () => {
    const { store, update } = make([entry("a"), entry("b")]);
    vi.advanceTimersByTime(7_000);
    update([position("a", { recorded_at: new Date(Date.now() - 2_000).toISOString() })]);
    expect(store.meter.read().newestAgeMs).toBe(2_000);
  });
});
