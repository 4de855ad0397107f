// Keeps one connection to a Fieldcast server and the rooms watched over it.
//
// Reconnects by the close code's range, with full jitter; resumes each room from
// its cursor; notices a dead connection by its own pings, since browsers do not
// show those of the server; renews its token in place.

import { FieldcastApi } from "./api.js";
import { afterClose, backoffDelayMs, between, HEALTHY_AFTER_MS } from "./backoff.js";
import { ServerClock } from "./clock.js";
import { FieldcastError } from "./errors.js";
import {
  parseServerMessage,
  SUBPROTOCOL,
  type ClientMessage,
  type ErrorMessage,
  type GoAway,
  type ServerMessage,
  type Subscribe,
  type Welcome,
} from "./protocol.js";
import type { ClientOptions, LinkState, Network, Socket, SocketConstructor } from "./options.js";
import { Watch, type View } from "./watch.js";

/** Quiet for this long: ask whether somebody is there. */
export const PING_AFTER_QUIET_MS = 20_000;
/** No word for this long after asking: nobody is. */
export const PONG_WITHIN_MS = 10_000;
/** From asking for a ticket to the welcome. */
export const WELCOME_WITHIN_MS = 15_000;
/** Four pictures a second are smooth enough, and cheap for both sides. */
const DEFAULT_MIN_INTERVAL_MS = 250;

export class FieldcastClient {
  readonly clock = new ServerClock();
  readonly #options: ClientOptions;
  readonly #random: () => number;
  readonly #network: Network | null;
  readonly #watches = new Map<string, Watch>();
  readonly #stateListeners = new Set<(state: LinkState) => void>();

  #state: LinkState = { kind: "idle" };
  #socket: Socket | null = null;
  #welcome: Welcome | null = null;
  /** Counts connections, so that what belongs to an earlier one is recognised. */
  #generation = 0;
  #attempt = 0;
  #goaway: GoAway | null = null;
  #retryAfterMs = 0;
  #token = "";
  #nextId = 1;
  #requests = new Map<number, Watch>();
  #ping: { id: number; sentAt: number } | null = null;
  #lastHeardAt = 0;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#network = options.network === undefined ? browserNetwork() : options.network;
  }

  get state(): LinkState {
    return this.#state;
  }
  /** The server's first message of this connection. */
  get welcome(): Welcome | null {
    return this.#welcome;
  }

  onState(listener: (state: LinkState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** Starts, or tries again at once. Does nothing while a connection lives or is being made. */
  connect(): void {
    if (this.#state.kind === "live" || this.#state.kind === "connecting") return;
    if (this.#state.kind === "idle") {
      this.#network?.addEventListener("online", this.#nudge);
      this.#network?.addEventListener("offline", this.#nudge);
    }
    void this.#open();
  }

  /** Ends it; `connect()` starts anew, with the same watches. */
  close(): void {
    this.#network?.removeEventListener("online", this.#nudge);
    this.#network?.removeEventListener("offline", this.#nudge);
    this.#drop(1000);
    this.#attempt = 0;
    this.#become({ kind: "idle" });
  }

  /** Something changed (the network, the page came back): look whether the link still holds. */
  readonly #nudge = (): void => {
    if (this.#state.kind === "live") this.#sendPing();
    else if (this.#state.kind === "waiting" || this.#state.kind === "offline") {
      if (isOnline()) void this.#open();
      else this.#become({ kind: "offline", until: this.#state.until });
    }
  };
  check(): void {
    this.#nudge();
  }

  /** One watch per room. It outlives connections and ends with its `close()`. */
  watch(room: string, view: View = {}): Watch {
    if (this.#watches.has(room)) throw new Error(`${room} is watched already`);
    const watch = new Watch(room, { minIntervalMs: DEFAULT_MIN_INTERVAL_MS, ...view }, this.#wire);
    this.#watches.set(room, watch);
    if (this.#state.kind === "live") this.#subscribe(watch);
    return watch;
  }

  readonly #wire = {
    view: (watch: Watch): void => {
      if (this.#state.kind !== "live") return;
      this.#send({ type: "view", room: watch.room, ...wireView(watch.view) });
    },
    leave: (watch: Watch): void => {
      if (!this.#watches.delete(watch.room)) return;
      this.#clear(`retry ${watch.room}`);
      if (this.#state.kind === "live") this.#send({ type: "unsubscribe", id: this.#nextId++, room: watch.room });
    },
  };

  // --- the connection -------------------------------------------------------------------------

  async #open(): Promise<void> {
    this.#drop();
    const generation = this.#generation;
    this.#become({ kind: "connecting", attempt: this.#attempt });
    this.#after("welcome", WELCOME_WITHIN_MS, () => this.#lost("the server did not answer"));

    let ticket: string;
    try {
      ticket = await this.#ticket();
    } catch (error) {
      if (generation === this.#generation) this.#ticketFailed(error);
      return;
    }
    if (generation !== this.#generation) return;

    const url = new URL("/v1/ws", this.#options.url);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("ticket", ticket);
    const Constructor = this.#options.WebSocket ?? (globalThis.WebSocket as SocketConstructor | undefined);
    if (!Constructor) throw new Error("no WebSocket here: give one as an option");
    const socket = new Constructor(url.href, [SUBPROTOCOL]);
    this.#socket = socket;
    socket.onmessage = (event) => {
      this.#lastHeardAt = Date.now();
      const message = parseServerMessage(event.data);
      if (message) this.#on(message);
    };
    socket.onclose = (event) => this.#closed(event.code, event.reason);
  }

  async #ticket(): Promise<string> {
    const options = this.#options;
    if ("getTicket" in options) return options.getTicket();
    this.#token = await options.getToken({ expiring: false });
    const token = this.#token;
    const api = new FieldcastApi({ url: options.url, getToken: () => token, fetch: options.fetch });
    return (await api.ticket()).ticket;
  }

  #ticketFailed(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof FieldcastError) {
      if (error.signIn) return this.#stop({ kind: "signed_out", reason: text });
      if (!error.temporary) return this.#stop({ kind: "ended", code: error.status, reason: text });
      this.#retryAfterMs = (error.retryAfterS ?? 0) * 1000;
    }
    this.#comeBack("back_off", text);
  }

  #closed(code: number, reason: string): void {
    const next = afterClose(code);
    // Before the welcome it is the ticket that was refused: used, too late, or of a server that has restarted since.
    // Whether the token is any good, the next ticket call tells.
    if (next === "sign_in" && !this.#welcome) this.#comeBack("back_off", reason || "the ticket was refused");
    else if (next === "sign_in") this.#stop({ kind: "signed_out", reason: reason || "unauthenticated" });
    else if (next === "stop") this.#stop({ kind: "ended", code, reason });
    else this.#comeBack(next, reason || `closed with ${code}`);
  }

  #lost(reason: string): void {
    this.#comeBack("back_off", reason);
  }

  #comeBack(how: "back_off" | "now", reason: string): void {
    const goaway = this.#goaway;
    // "Now" holds for the first end of a healthy connection: a server that keeps saying so gets the back-off.
    const now = how === "now" && this.#attempt === 0 && this.#state.kind === "live";
    let delay = now ? 0 : backoffDelayMs(this.#attempt, this.#random);
    if (goaway) delay = between(goaway.reconnect_after_ms[0], goaway.reconnect_after_ms[1], this.#random);
    else if (this.#retryAfterMs > 0) delay += this.#retryAfterMs;
    this.#retryAfterMs = 0;
    this.#attempt++;
    this.#drop();
    const until = Date.now() + delay;
    // A browser that believes to be offline may still reach this server: it is said, and tried.
    this.#become(
      isOnline()
        ? { kind: "waiting", until, attempt: this.#attempt, reason }
        : { kind: "offline", until },
    );
    this.#after("reconnect", delay, () => void this.#open());
  }

  #stop(state: LinkState): void {
    this.#drop();
    this.#attempt = 0;
    this.#become(state);
  }

  /** Forgets the socket without waiting for its close: a dead peer would never answer it. */
  #drop(code?: number): void {
    this.#generation++;
    for (const name of this.#timers.keys()) this.#clear(name);
    this.#requests.clear();
    this.#ping = null;
    this.#goaway = null;
    this.#welcome = null;
    for (const watch of this.#watches.values()) watch.interrupted();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => undefined;
    if (socket.readyState < 2) socket.close(code);
  }

  // --- what is heard --------------------------------------------------------------------------

  #on(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        return this.#onWelcome(message);
      case "snapshot":
        if (message.id !== undefined) this.#requests.delete(message.id);
        return this.#watches.get(message.room)?.snapshot(message);
      case "update":
        return this.#watches.get(message.room)?.update(message);
      case "presence":
        return this.#watches.get(message.room)?.presence(message);
      case "pong":
        return this.#onPong(message.server_time, message.id);
      case "error":
        return this.#onError(message);
      case "goaway":
        this.#goaway = message;
        return;
      case "token_expiring":
        return void this.#renew();
      default: // ok, and what a newer server says.
    }
  }

  #onWelcome(welcome: Welcome): void {
    const now = Date.now();
    this.#clear("welcome");
    this.#welcome = welcome;
    this.#retryAfterMs = 0;
    this.clock.welcome(welcome.server_time, now);
    this.#become({ kind: "live", since: now, user: welcome.user, role: welcome.role });
    this.#after("healthy", HEALTHY_AFTER_MS, () => {
      this.#attempt = 0;
    });
    for (const watch of this.#watches.values()) this.#subscribe(watch);
    this.#sendPing();
    this.#watchLiveness();
  }

  #onError(error: ErrorMessage): void {
    const watch =
      (error.id === undefined ? undefined : this.#requests.get(error.id)) ??
      (error.room === undefined ? undefined : this.#watches.get(error.room));
    if (error.id !== undefined) this.#requests.delete(error.id);
    const retryMs = (error.retry_after_s ?? 0) * 1000;
    if (!watch) {
      this.#retryAfterMs = retryMs;
    } else if (error.temporary) {
      this.#after(`retry ${watch.room}`, Math.max(1000, retryMs), () => this.#subscribe(watch));
    } else {
      watch.refused(error);
    }
  }

  async #renew(): Promise<void> {
    const options = this.#options;
    if (!("getToken" in options)) return; // Closed with 4201 then, and a new ticket is fetched.
    const generation = this.#generation;
    try {
      const token = await options.getToken({ expiring: true });
      if (generation !== this.#generation || token === this.#token) return;
      this.#token = token;
      this.#send({ type: "auth", id: this.#nextId++, token });
    } catch {
      // Nothing is lost before the token ends, and then a new one is asked for again.
    }
  }

  // --- liveness -------------------------------------------------------------------------------

  #watchLiveness(): void {
    const quietMs = Date.now() - this.#lastHeardAt;
    if (quietMs >= PING_AFTER_QUIET_MS) this.#sendPing();
    const wait = quietMs >= PING_AFTER_QUIET_MS ? PING_AFTER_QUIET_MS : PING_AFTER_QUIET_MS - quietMs;
    this.#after("quiet", wait, () => this.#watchLiveness());
  }

  #sendPing(): void {
    if (this.#ping) return;
    const sentAt = Date.now();
    this.#ping = { id: this.#nextId++, sentAt };
    this.#send({ type: "ping", id: this.#ping.id });
    this.#after("pong", PONG_WITHIN_MS, () => {
      this.#ping = null;
      // Any word since then is as good as the pong.
      if (this.#lastHeardAt <= sentAt) this.#lost("the server went silent");
    });
  }

  #onPong(serverTime: string, id: number | undefined): void {
    if (!this.#ping || (id !== undefined && id !== this.#ping.id)) return;
    this.clock.pong(serverTime, this.#ping.sentAt, Date.now());
    this.#ping = null;
    this.#clear("pong");
  }

  // --- what is said ---------------------------------------------------------------------------

  #subscribe(watch: Watch): void {
    const id = this.#nextId++;
    this.#requests.set(id, watch);
    const message: Subscribe = { type: "subscribe", id, room: watch.room, ...wireView(watch.view) };
    if (watch.cursor !== undefined) message.since = watch.cursor;
    this.#send(message);
  }

  #send(message: ClientMessage): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #become(state: LinkState): void {
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }

  #after(name: string, ms: number, then: () => void): void {
    this.#clear(name);
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      then();
    }, ms);
    this.#timers.set(name, timer);
  }

  #clear(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

function wireView(view: View): Pick<Subscribe, "viewport" | "min_interval_ms"> {
  return {
    ...(view.viewport ? { viewport: view.viewport } : {}),
    ...(view.minIntervalMs === undefined ? {} : { min_interval_ms: view.minIntervalMs }),
  };
}

function isOnline(): boolean {
  const navigator = globalThis.navigator as { onLine?: boolean } | undefined;
  return navigator?.onLine !== false;
}

function browserNetwork(): Network | null {
  return typeof window === "undefined" ? null : window;
}
