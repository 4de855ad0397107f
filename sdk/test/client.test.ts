import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FieldcastClient, FieldcastError, type LinkState } from "../src/index.js";
import { FakeSocket, liveClient, makeClient, pass } from "./fake-socket.js";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T12:00:00Z") });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Promise.resolve(new Response(JSON.stringify(body), { status, headers }));

describe("signing in", () => {
  it("opens the socket with a one-time ticket and the subprotocol, and is live with the welcome", async () => {
    const client = makeClient({ getTicket: () => "one/time" });
    client.connect();
    expect(client.state.kind).toBe("connecting");
    await pass();
    expect(FakeSocket.last.url).toBe("wss://cast.example/v1/ws?ticket=one%2Ftime");
    expect(FakeSocket.last.protocols).toEqual(["fieldcast.v1.json"]);
    expect(client.state.kind).toBe("connecting");
    FakeSocket.last.welcomes();
    expect(client.state).toMatchObject({ kind: "live", user: "ana", role: "manager" });
  });

  it("fetches the ticket with the token in a header, never in the address", async () => {
    const fetch = vi.fn((_url: RequestInfo | URL, _init?: RequestInit) =>
      json(200, { ticket: "abc", expires_at: "" }),
    );
    const client = new FieldcastClient({
      url: "http://cast.example",
      getToken: () => "secret",
      fetch: fetch as typeof globalThis.fetch,
      WebSocket: FakeSocket,
      network: null,
    });
    client.connect();
    await pass();
    const [url, init] = fetch.mock.calls[0]!;
    expect(url).toBe("http://cast.example/v1/tickets");
    expect(init).toMatchObject({ method: "POST", headers: { authorization: "Bearer secret" } });
    expect(FakeSocket.last.url).toBe("ws://cast.example/v1/ws?ticket=abc");
  });

  it("asks nobody twice: connect() while connecting or live does nothing", async () => {
    const client = await liveClient();
    client.connect();
    await pass(60);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("gives up on a server that does not welcome within 15 s, and tries again", async () => {
    const client = makeClient();
    client.connect();
    await pass(14_999);
    expect(client.state.kind).toBe("connecting");
    await pass(1);
    expect(client.state).toMatchObject({ kind: "waiting", reason: "the server did not answer" });
    expect(FakeSocket.all[0]!.closedByClient).toBe(true);
    await pass(750);
    expect(FakeSocket.all).toHaveLength(2);
  });
});

describe("after a close", () => {
  const closeWith = async (code: number) => {
    const client = await liveClient();
    FakeSocket.last.closes(code, "because");
    return client;
  };

  it.each([4000, 4003, 4008, 4009, 4099])("stays away after %i: 40xx", async (code) => {
    const client = await closeWith(code);
    expect(client.state).toEqual({ kind: "ended", code, reason: "because" });
    await pass(120_000);
    expect(FakeSocket.all).toHaveLength(1);
    client.connect();
    await pass();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("needs a new token after 4001", async () => {
    const client = await closeWith(4001);
    expect(client.state).toEqual({ kind: "signed_out", reason: "because" });
    await pass(120_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("fetches another ticket when one is refused: 4001 before the welcome", async () => {
    const getTicket = vi.fn(() => "t");
    const client = makeClient({ getTicket });
    client.connect();
    await pass();
    FakeSocket.last.closes(4001, "unauthenticated");
    expect(client.state).toMatchObject({ kind: "waiting", until: Date.now() + 750 });
    await pass(750);
    expect(getTicket).toHaveBeenCalledTimes(2);
    FakeSocket.last.welcomes();
    expect(client.state.kind).toBe("live");
  });

  it.each([4100, 4101, 4102, 4103, 1006, 1009, 1011])("backs off after %i", async (code) => {
    const client = await closeWith(code);
    expect(client.state).toMatchObject({ kind: "waiting", until: Date.now() + 750, attempt: 1 });
    await pass(749);
    expect(FakeSocket.all).toHaveLength(1);
    await pass(1);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it.each([4200, 4201])("comes back at once after %i: 42xx", async (code) => {
    await closeWith(code);
    await pass(0);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("does not circle around a server that closes with 42xx again and again", async () => {
    const client = await closeWith(4200);
    await pass(0);
    FakeSocket.last.welcomes();
    FakeSocket.last.closes(4200);
    expect(client.state).toMatchObject({ kind: "waiting", until: Date.now() + 1250 });
  });

  it("waits as long as goaway said, spread evenly", async () => {
    const client = await liveClient();
    FakeSocket.last.says({ type: "goaway", reason: "drain", reconnect_after_ms: [200, 5000] });
    FakeSocket.last.closes(4200);
    expect(client.state).toMatchObject({ kind: "waiting", until: Date.now() + 2600 });
  });

  it("waits at least as long as an error before the close asked for", async () => {
    const client = await liveClient();
    FakeSocket.last.says({ type: "error", code: "overloaded", text: "", temporary: true, retry_after_s: 7 });
    FakeSocket.last.closes(4100);
    expect(client.state).toMatchObject({ until: Date.now() + 7750 });
  });
});

describe("the back-off", () => {
  const delays = async (random: number, count: number) => {
    const client = await liveClient({ random: () => random });
    const seen: number[] = [];
    for (let i = 0; i < count; i++) {
      FakeSocket.last.closes(1006);
      const { until } = client.state as Extract<LinkState, { kind: "waiting" }>;
      seen.push(until - Date.now());
      await pass(until - Date.now());
    }
    return seen;
  };

  it("never comes back sooner than 0.5 s", async () => {
    expect(await delays(0, 8)).toEqual([500, 500, 500, 500, 500, 500, 500, 500]);
  });

  it("doubles its ceiling up to 20 s", async () => {
    expect(await delays(1, 8)).toEqual([1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000]);
  });

  it("starts anew after 30 healthy seconds, and not sooner", async () => {
    const client = await liveClient({ random: () => 1 });
    const closeAndReturn = async () => {
      FakeSocket.last.closes(1006);
      const { until } = client.state as Extract<LinkState, { kind: "waiting" }>;
      const delay = until - Date.now();
      await pass(delay);
      FakeSocket.last.welcomes();
      FakeSocket.last.pongs();
      return delay;
    };
    expect(await closeAndReturn()).toBe(1000);
    await pass(19_000);
    FakeSocket.last.says({ type: "ok" });
    await pass(10_999);
    expect(await closeAndReturn()).toBe(2000);
    await pass(19_000);
    FakeSocket.last.says({ type: "ok" });
    await pass(11_000);
    expect(await closeAndReturn()).toBe(1000);
  });
});

describe("the ticket call", () => {
  const withTicket = (getTicket: () => Promise<string>) => {
    const client = makeClient({ getTicket });
    client.connect();
    return client;
  };
  const refusal = (status: number, retryAfterS?: number) =>
    new FieldcastError("no", { code: `c${status}`, status, temporary: status >= 429, retryAfterS });

  it("signs out when the token is refused", async () => {
    const client = withTicket(() => Promise.reject(refusal(401)));
    await pass();
    expect(client.state.kind).toBe("signed_out");
    await pass(60_000);
    expect(client.state.kind).toBe("signed_out");
  });

  it("ends when the role may not have one", async () => {
    const client = withTicket(() => Promise.reject(refusal(403)));
    await pass();
    expect(client.state).toMatchObject({ kind: "ended", code: 403 });
  });

  it("waits as told by Retry-After, and by the back-off when the server is away", async () => {
    const client = withTicket(() => Promise.reject(refusal(503, 5)));
    await pass();
    expect(client.state).toMatchObject({ kind: "waiting", until: Date.now() + 5750 });

    const other = withTicket(() => Promise.reject(new TypeError("fetch failed")));
    await pass();
    expect(other.state).toMatchObject({ kind: "waiting", until: Date.now() + 750 });
  });

  it("is forgotten when the client was closed in between", async () => {
    let give: (ticket: string) => void = () => undefined;
    const client = withTicket(() => new Promise((resolve) => (give = resolve)));
    client.close();
    give("late");
    await pass();
    expect(FakeSocket.all).toHaveLength(0);
    expect(client.state.kind).toBe("idle");
  });
});

describe("liveness", () => {
  it("pings after 20 s of quiet, and any word puts it off", async () => {
    await liveClient();
    const before = FakeSocket.last.sentOf("ping").length;
    await pass(15_000);
    FakeSocket.last.says({ type: "ok" });
    await pass(15_000);
    expect(FakeSocket.last.sentOf("ping")).toHaveLength(before);
    await pass(5_000);
    expect(FakeSocket.last.sentOf("ping")).toHaveLength(before + 1);
  });

  it("reconnects when no answer comes within 10 s", async () => {
    const client = await liveClient();
    await pass(29_999);
    expect(client.state.kind).toBe("live");
    await pass(1);
    expect(client.state).toMatchObject({ kind: "waiting", reason: "the server went silent" });
    expect(FakeSocket.all[0]!.closedByClient).toBe(true);
    await pass(750);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("takes any message for an answer", async () => {
    const client = await liveClient();
    await pass(25_000);
    FakeSocket.last.says({ type: "ok" });
    await pass(10_000);
    expect(client.state.kind).toBe("live");
  });

  it("stays with a server that answers", async () => {
    const client = await liveClient();
    for (let i = 0; i < 10; i++) {
      await pass(21_000);
      FakeSocket.last.pongs();
    }
    expect(client.state.kind).toBe("live");
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("does not hear a socket that it has given up", async () => {
    const client = await liveClient();
    const old = FakeSocket.last;
    await pass(30_000);
    old.says({ type: "goaway", reason: "drain", reconnect_after_ms: [1, 1] });
    old.closes(4001);
    expect(client.state.kind).toBe("waiting");
  });
});

describe("the network", () => {
  const network = () => {
    const target = new EventTarget();
    return { target, says: (type: "online" | "offline") => target.dispatchEvent(new Event(type)) };
  };

  it("is said to be away, and the server is tried all the same", async () => {
    const { target } = network();
    const client = await liveClient({ network: target });
    vi.stubGlobal("navigator", { onLine: false });
    FakeSocket.last.closes(1006);
    expect(client.state).toEqual({ kind: "offline", until: Date.now() + 750 });
    await pass(750);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("brings the client back at once when it returns", async () => {
    const { target, says } = network();
    const client = await liveClient({ network: target });
    vi.stubGlobal("navigator", { onLine: false });
    FakeSocket.last.closes(1006);
    vi.stubGlobal("navigator", { onLine: true });
    says("online");
    await pass(0);
    expect(client.state.kind).toBe("connecting");
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("makes a live client look whether its link still holds", async () => {
    const { target, says } = network();
    const client = await liveClient({ network: target });
    const before = FakeSocket.last.sentOf("ping").length;
    await pass(1);
    says("offline");
    expect(FakeSocket.last.sentOf("ping")).toHaveLength(before + 1);
    await pass(10_000);
    expect(client.state.kind).toBe("waiting");
  });

  it("is not listened to after close()", async () => {
    const { target, says } = network();
    const client = await liveClient({ network: target });
    client.close();
    says("online");
    await pass(60_000);
    expect(client.state.kind).toBe("idle");
    expect(FakeSocket.all).toHaveLength(1);
  });
});

describe("the token", () => {
  const withTokens = async (tokens: string[]) => {
    const asked: boolean[] = [];
    FakeSocket.all = [];
    const client = new FieldcastClient({
      url: "https://cast.example",
      getToken: ({ expiring }) => {
        asked.push(expiring);
        return tokens.shift() ?? "last";
      },
      fetch: (() => json(200, { ticket: "t", expires_at: "" })) as typeof globalThis.fetch,
      WebSocket: FakeSocket,
      network: null,
      random: () => 0.5,
    });
    client.connect();
    await pass();
    FakeSocket.last.welcomes();
    return { client, asked };
  };

  it("is renewed in place before it ends", async () => {
    const { asked } = await withTokens(["first", "second"]);
    FakeSocket.last.says({ type: "token_expiring", in_s: 10 });
    await pass();
    expect(asked).toEqual([false, true]);
    expect(FakeSocket.last.sentOf("auth")).toMatchObject([{ token: "second" }]);
  });

  it("is not sent again when there is no new one", async () => {
    await withTokens(["same", "same"]);
    FakeSocket.last.says({ type: "token_expiring", in_s: 10 });
    await pass();
    expect(FakeSocket.last.sentOf("auth")).toHaveLength(0);
  });

  it("is asked for anew after 4201", async () => {
    const { asked, client } = await withTokens(["first", "second"]);
    FakeSocket.last.closes(4201);
    await pass();
    expect(asked).toEqual([false, false]);
    expect(client.state.kind).toBe("connecting");
  });
});

describe("strange words", () => {
  it("do not disturb: no JSON, no type, an unknown type, an unknown room", async () => {
    const client = await liveClient();
    for (const text of ["", "{", "[]", "null", "7", '{"type":5}', '{"type":"tomorrow"}']) FakeSocket.last.says(text);
    FakeSocket.last.says({ type: "update", room: "team:other", cursor: "1", positions: [] });
    FakeSocket.last.says({ type: "error", code: "unknown_type", text: "", temporary: false });
    expect(client.state.kind).toBe("live");
  });
});
