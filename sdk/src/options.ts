// What a client is made with, and the states that it goes through.

export type LinkState =
  | { kind: "idle" }
  | { kind: "connecting"; attempt: number }
  | { kind: "live"; since: number; user: string; role: string }
  /** Tries again at `until`, in milliseconds since 1970. */
  | { kind: "waiting"; until: number; attempt: number; reason: string }
  /** As waiting, and the browser says that there is no network. */
  | { kind: "offline"; until: number }
  /** A new token is needed; `connect()` tries again. */
  | { kind: "signed_out"; reason: string }
  /** The server does not want this client back; `connect()` tries again. */
  | { kind: "ended"; code: number; reason: string };

/** The part of the standard WebSocket that is used; Node 20 has none, so it can be given. */
export interface Socket {
  readyState: number;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}
export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

/** Tells of the network's coming and going: `window` in browsers. */
export interface Network {
  addEventListener(type: "online" | "offline", listener: () => void): void;
  removeEventListener(type: "online" | "offline", listener: () => void): void;
}

interface Options {
  /** http(s):// address of the server. */
  url: string;
  WebSocket?: SocketConstructor;
  fetch?: typeof fetch;
  random?: () => number;
  network?: Network | null;
}
export type ClientOptions = Options &
  (
    | {
        /** Asked for each connection, and early with `expiring` when the token in use is about to end. */
        getToken: (why: { expiring: boolean }) => string | Promise<string>;
      }
    | {
        /** For pages whose own back end fetches the tickets (`POST /v1/tickets`). */
        getTicket: () => string | Promise<string>;
      }
  );
