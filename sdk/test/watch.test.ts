import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change, ErrorMessage } from "../src/index.js";
import { FakeSocket, liveClient, makeClient, pass } from "./fake-socket.js";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

const ROOM = "team:north";
const at = (second: number) => `2026-11-22T11:00:${String(second).padStart(2, "0")}.000Z`;
const position = (agent: string, second: number, lat = 1) => ({ agent, lat, lon: 2, recorded_at: at(second) });
const entry = (agent: string, second: number, presence = "online", lat = 1) => ({
  ...position(agent, second, lat),
  presence,
  presence_since: at(0),
});
const snapshot = (cursor: string, agents: object[], more: object = {}) => ({
  type: "snapshot",
  room: ROOM,
  cursor,
  resumed: false,
  agents,
  ...more,
});
const update = (cursor: string, positions: object[], more: object = {}) => ({
  type: "update",
  room: ROOM,
  cursor,
  positions,
  ...more,
});

async function watching() {
  const client = await liveClient();
  const watch = client.watch(ROOM);
  const changes: Change[] = [];
  watch.onChange((change) => changes.push(change));
  const reconnect = async () => {
    FakeSocket.last.closes(1006);
    if (client.state.kind === "waiting") await pass(client.state.until - Date.now());
    FakeSocket.last.welcomes();
    FakeSocket.last.pongs();
  };
  return { client, watch, changes, reconnect, server: () => FakeSocket.last };
}

describe("subscribing", () => {
  it("waits for the welcome, then says the room, the view and the interval", async () => {
    const client = makeClient();
    client.watch(ROOM, { viewport: [1, 2, 3, 4], minIntervalMs: 500 });
    client.watch("agent:7");
    client.connect();
    await pass();
    expect(FakeSocket.last.sentOf("subscribe")).toEqual([]);
    FakeSocket.last.welcomes();
    const [first, second] = FakeSocket.last.sentOf("subscribe");
    expect(first).toEqual({
      type: "subscribe",
      id: first?.id,
      room: ROOM,
      viewport: [1, 2, 3, 4],
      min_interval_ms: 500,
    });
    expect(second).toEqual({ type: "subscribe", id: second?.id, room: "agent:7", min_interval_ms: 250 });
  });

  it("is done once a room", async () => {
    const { client } = await watching();
    expect(() => client.watch(ROOM)).toThrow(/watched already/);
  });

  it("moves the view without a new subscription, and subscribes with it after a reconnection", async () => {
    const { watch, server, reconnect } = await watching();
    watch.setView({ viewport: [5, 6, 7, 8] });
    expect(server().sentOf("view")).toEqual([
      { type: "view", room: ROOM, viewport: [5, 6, 7, 8], min_interval_ms: 250 },
    ]);
    await reconnect();
    expect(server().sentOf("subscribe")).toMatchObject([{ viewport: [5, 6, 7, 8] }]);
    watch.setView({ viewport: null, minIntervalMs: 1000 });
    expect(server().sentOf("view")).toEqual([{ type: "view", room: ROOM, min_interval_ms: 1000 }]);
  });

  it("ends with close(): unsubscribed, and not taken up again", async () => {
    const { client, watch, server, reconnect } = await watching();
    watch.close();
    expect(server().sentOf("unsubscribe")).toMatchObject([{ room: ROOM }]);
    await reconnect();
    expect(server().sentOf("subscribe")).toEqual([]);
    expect(() => client.watch(ROOM)).not.toThrow();
  });

  it("tells of a refusal, by id or by room", async () => {
    const { client, watch, server } = await watching();
    const errors: ErrorMessage[] = [];
    watch.onRefused((error) => errors.push(error));
    const [{ id } = { id: 0 }] = server().sentOf("subscribe");
    server().says({ type: "error", id, code: "forbidden", text: "no", temporary: false });
    server().says({ type: "error", room: ROOM, code: "room_unknown", text: "no", temporary: false });
    expect(errors.map((error) => error.code)).toEqual(["forbidden", "room_unknown"]);
    expect(client.state.kind).toBe("live");
  });

  it("asks again when the refusal is temporary", async () => {
    const { server } = await watching();
    const [{ id } = { id: 0 }] = server().sentOf("subscribe");
    server().says({ type: "error", id, code: "overloaded", text: "", temporary: true, retry_after_s: 3 });
    await pass(2_999);
    expect(server().sentOf("subscribe")).toHaveLength(1);
    await pass(1);
    expect(server().sentOf("subscribe")).toHaveLength(2);
  });
});

describe("the room", () => {
  it("holds the snapshot, then the latest of every update", async () => {
    const { watch, changes, server } = await watching();
    expect(watch.loaded).toBe(false);
    server().says(snapshot("c1", [entry("a", 1, "parked"), entry("b", 1)]));
    expect(watch.loaded).toBe(true);
    server().says(update("c2", [position("a", 2, 5)]));
    expect(watch.agents.get("a")).toMatchObject({ lat: 5, presence: "parked", recorded_ms: Date.parse(at(2)) });
    expect(watch.agents.size).toBe(2);
    expect(changes.map(({ kind, changed }) => [kind, changed.map((agent) => agent.agent)])).toEqual([
      ["snapshot", ["a", "b"]],
      ["update", ["a"]],
    ]);
  });

  it("never goes back in time", async () => {
    const { watch, changes, server } = await watching();
    server().says(snapshot("c1", [entry("a", 9, "online", 9)]));
    server().says(update("c2", [position("a", 8, 8)]));
    expect(watch.agents.get("a")?.lat).toBe(9);
    expect(changes).toHaveLength(1);
  });

  it("takes presence as the server says it, and an agent that is new for online", async () => {
    const { watch, server } = await watching();
    server().says(snapshot("c1", [entry("a", 1)]));
    const before = watch.agents.get("a");
    server().says({ type: "presence", room: ROOM, cursor: "c2", agent: "a", state: "silent", since: at(5) });
    server().says({ type: "presence", room: ROOM, cursor: "c3", agent: "nobody", state: "silent", since: at(5) });
    server().says(update("c4", [position("new", 1)]));
    expect(watch.agents.get("a")).toMatchObject({ presence: "silent", presence_since: at(5) });
    expect(watch.agents.get("a")).not.toBe(before);
    expect(watch.agents.get("new")?.presence).toBe("online");
    expect(watch.agents.has("nobody")).toBe(false);
  });

  it("forgets who left", async () => {
    const { watch, changes, server } = await watching();
    server().says(snapshot("c1", [entry("a", 1), entry("b", 1)]));
    server().says(update("c2", [], { left: ["a", "unknown"] }));
    expect([...watch.agents.keys()]).toEqual(["b"]);
    expect(changes.at(-1)).toEqual({ kind: "update", changed: [], removed: ["a"] });
  });

  it("passes over records that make no position", async () => {
    const { watch, server } = await watching();
    server().says(
      snapshot("c1", [
        { ...entry("a", 1), lat: null },
        { ...entry("b", 1), recorded_at: "yesterday" },
        { ...entry("c", 1), agent: 7 },
        entry("d", 1),
      ]),
    );
    expect([...watch.agents.keys()]).toEqual(["d"]);
  });
});

describe("a snapshot in parts", () => {
  it("is complete with its last part, and takes updates in between", async () => {
    const { watch, server } = await watching();
    server().says(snapshot("c1", [entry("a", 1)], { part: 1, last: false }));
    expect(watch.loaded).toBe(false);
    expect(watch.cursor).toBeUndefined();
    server().says(update("c2", [position("a", 3, 3), position("new", 3)]));
    expect(watch.cursor).toBeUndefined();
    server().says(snapshot("c1", [entry("b", 1)], { part: 2, last: true }));
    expect(watch.loaded).toBe(true);
    expect(watch.cursor).toBe("c1");
    expect([...watch.agents.keys()].toSorted()).toEqual(["a", "b", "new"]);
    expect(watch.agents.get("a")?.lat).toBe(3);
  });

  it("drops those whom a full snapshot no longer names, at its end", async () => {
    const { watch, changes, server, reconnect } = await watching();
    server().says(snapshot("c1", [entry("a", 1), entry("b", 1)]));
    await reconnect();
    server().says(snapshot("d1", [entry("c", 1)], { part: 1, last: false }));
    expect(watch.agents.has("a")).toBe(true);
    server().says(snapshot("d1", [entry("b", 1)], { part: 2, last: true }));
    expect([...watch.agents.keys()].toSorted()).toEqual(["b", "c"]);
    expect(changes.at(-1)?.removed).toEqual(["a"]);
  });

  it("that broke off is not resumed from, and does not drop anybody", async () => {
    const { watch, server, reconnect } = await watching();
    server().says(snapshot("c1", [entry("a", 1)]));
    await reconnect();
    server().says(snapshot("d1", [entry("b", 1)], { part: 1, last: false }));
    await reconnect();
    expect(server().sentOf("subscribe")).toMatchObject([{ since: "c1" }]);
    server().says(snapshot("c9", [], { resumed: true }));
    expect([...watch.agents.keys()].toSorted()).toEqual(["a", "b"]);
  });
});

describe("resuming", () => {
  it("asks for what came since the newest cursor and keeps the rest", async () => {
    const { watch, server, reconnect } = await watching();
    expect(server().sentOf("subscribe")[0]).not.toHaveProperty("since");
    server().says(snapshot("c1", [entry("a", 1), entry("b", 1), entry("c", 1)]));
    server().says(update("c2", [position("a", 2)]));
    server().says({ type: "presence", room: ROOM, cursor: "c3", agent: "a", state: "parked", since: at(3) });
    await reconnect();
    expect(server().sentOf("subscribe")).toMatchObject([{ room: ROOM, since: "c3" }]);
    server().says(snapshot("c7", [entry("b", 7)], { resumed: true, left: ["c"] }));
    expect([...watch.agents.keys()].toSorted()).toEqual(["a", "b"]);
    expect(watch.cursor).toBe("c7");
  });

  it("keeps the newer position and the newer presence when a restarted server knows less", async () => {
    const { watch, server, reconnect } = await watching();
    server().says(snapshot("c1", [entry("a", 9, "online", 9)]));
    await reconnect();
    server().says(snapshot("x1", [entry("a", 5, "offline", 5)]));
    expect(watch.agents.get("a")).toMatchObject({ lat: 9, presence: "offline" });
  });
});
