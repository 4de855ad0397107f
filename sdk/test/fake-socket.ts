// A WebSocket whose server is the test.
import { vi } from "vitest";
import { FieldcastClient, type ClientOptions, type ServerMessage, type Socket } from "../src/index.js";

export class FakeSocket implements Socket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }
  readyState = 0;
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onerror: Socket["onerror"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: Record<string, unknown>[] = [];
  closedByClient = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closedByClient = true;
    this.readyState = 3;
  }
  says(message: ServerMessage | Record<string, unknown> | string): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
  closes(code: number, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
  welcomes(): void {
    this.readyState = 1;
    this.says({
      type: "welcome",
      session: "s1",
      user: "ana",
      role: "manager",
      server_time: new Date().toISOString(),
      heartbeat_s: 25,
      interval_s: 30,
      limits: { message_bytes: 131_072, positions_per_message: 500, messages_per_s: 100 },
    });
  }
  pongs(): void {
    const ping = this.sent.findLast((message) => message.type === "ping");
    this.says({ type: "pong", id: ping?.id, server_time: new Date().toISOString() });
  }
  sentOf(type: string): Record<string, unknown>[] {
    return this.sent.filter((message) => message.type === type);
  }
}

/** A client whose tickets come at once and whose jitter is always the middle. */
export function makeClient(options: Partial<ClientOptions> = {}): FieldcastClient {
  FakeSocket.all = [];
  return new FieldcastClient({
    url: "https://cast.example",
    getTicket: () => "t",
    WebSocket: FakeSocket,
    random: () => 0.5,
    network: null,
    ...options,
  } as ClientOptions);
}

/** Lets promises settle and `ms` pass. */
export const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

export async function liveClient(options: Partial<ClientOptions> = {}): Promise<FieldcastClient> {
  const client = makeClient(options);
  client.connect();
  await pass();
  FakeSocket.last.welcomes();
  FakeSocket.last.pongs();
  return client;
}
