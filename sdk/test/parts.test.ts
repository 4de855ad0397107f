import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffDelayMs } from "../src/backoff.js";
import { ServerClock } from "../src/clock.js";
import { FieldcastApi, FieldcastError } from "../src/index.js";

describe("the back-off delay", () => {
  it("stays within 0.5 and 20 s for any attempt and any luck", () => {
    for (let attempt = 0; attempt < 2000; attempt++) {
      const delay = backoffDelayMs(attempt, Math.random);
      expect(delay).toBeGreaterThanOrEqual(500);
      expect(delay).toBeLessThanOrEqual(20_000);
    }
  });
});

describe("the server's clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is guessed by the welcome and made better by a pong", () => {
    const clock = new ServerClock();
    clock.welcome(new Date(1_090_000).toISOString(), 1_000_000);
    expect(clock.now()).toBe(1_090_000);
    clock.pong(new Date(1_090_150).toISOString(), 1_000_000, 1_000_100);
    expect(clock.now()).toBe(1_090_100);
    expect(clock.roundTripMs).toBe(100);
  });

  it("does not let a slow round trip spoil what a quick one told", () => {
    const clock = new ServerClock();
    clock.pong(new Date(1_000_005).toISOString(), 1_000_000, 1_000_010);
    clock.pong(new Date(1_004_000).toISOString(), 1_000_000, 1_004_000);
    expect(clock.now()).toBe(1_000_000);
    expect(clock.roundTripMs).toBe(4000);
  });

  it("follows a clock that was set anew, in time", () => {
    const clock = new ServerClock();
    clock.pong(new Date(1_000_005).toISOString(), 1_000_000, 1_000_010);
    for (let i = 0; i < 20; i++) clock.pong(new Date(2_000_050).toISOString(), 1_000_000, 1_000_100);
    expect(clock.now()).toBe(2_000_000);
  });

  it("keeps what it knew when a time cannot be read", () => {
    const clock = new ServerClock();
    clock.welcome("soon", 1_000_000);
    clock.pong("later", 1_000_000, 1_000_010);
    expect(clock.now()).toBe(1_000_000);
  });
});

describe("the HTTP calls", () => {
  const api = (answer: () => Response | Promise<Response>) => {
    const fetch = vi.fn(async (_url: string, _init: RequestInit) => answer());
    return {
      fetch,
      api: new FieldcastApi({ url: "https://c.example", getToken: () => "tok", fetch: fetch as never }),
    };
  };
  const failing = async (answer: () => Response | Promise<Response>): Promise<FieldcastError> => {
    try {
      await api(answer).api.me();
    } catch (error) {
      if (error instanceof FieldcastError) return error;
    }
    throw new Error("it did not fail as it should");
  };

  it("carry the token and name the team safely", async () => {
    const { api: calls, fetch } = api(() => Response.json({ agents: [] }));
    await calls.agents("nord/süd");
    expect(fetch.mock.calls[0]?.[0]).toBe("https://c.example/v1/teams/nord%2Fs%C3%BCd/agents");
    expect(fetch.mock.calls[0]?.[1].headers).toMatchObject({ authorization: "Bearer tok" });
  });

  it("give the teams", async () => {
    const teams = [{ team: "north", agents: 70, online: 12 }];
    expect(await api(() => Response.json({ teams })).api.teams()).toEqual(teams);
  });

  it("tell a refused token from a server in trouble", async () => {
    const refused = await failing(() =>
      Response.json({ code: "unauthenticated", detail: "Bad signature." }, { status: 401 }),
    );
    expect(refused).toMatchObject({ code: "unauthenticated", message: "Bad signature.", signIn: true, temporary: false });

    const busy = await failing(() => new Response("", { status: 503, headers: { "retry-after": "4" } }));
    expect(busy).toMatchObject({ code: "http_503", signIn: false, temporary: true, retryAfterS: 4 });
  });

  it("tell when nobody answers, and when somebody else does", async () => {
    expect(await failing(() => Promise.reject(new TypeError("refused")))).toMatchObject({
      code: "unreachable",
      temporary: true,
    });
    expect(await failing(() => new Response("<html>"))).toMatchObject({ code: "not_fieldcast", temporary: false });
  });
});
