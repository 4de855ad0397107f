// The HTTP calls that a dashboard needs beside its socket.

import { FieldcastError } from "./errors.js";
import type { AgentEntry } from "./protocol.js";

export interface Me {
  user: string;
  role: string;
  org: string;
  name?: string;
  expires_at?: string;
}

export interface Team {
  team: string;
  agents: number;
  online: number;
}

export interface Ticket {
  ticket: string;
  expires_at: string;
}

export interface ApiOptions {
  /** http(s):// address of the server. */
  url: string;
  getToken: () => string | Promise<string>;
  fetch?: typeof fetch | undefined;
  timeoutMs?: number;
}

/** Every call throws a FieldcastError when it does not succeed. */
export class FieldcastApi {
  readonly #options: ApiOptions;
  readonly #fetch: typeof fetch;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  me(): Promise<Me> {
    return this.#call<Me>("GET", "/v1/me");
  }

  async teams(): Promise<Team[]> {
    return (await this.#call<{ teams: Team[] }>("GET", "/v1/teams")).teams;
  }

  async agents(team: string): Promise<AgentEntry[]> {
    const path = `/v1/teams/${encodeURIComponent(team)}/agents`;
    return (await this.#call<{ agents: AgentEntry[] }>("GET", path)).agents;
  }

  /** Opens one WebSocket, once, soon: a token never stands in an address. */
  ticket(): Promise<Ticket> {
    return this.#call<Ticket>("POST", "/v1/tickets");
  }

  async #call<T>(method: string, path: string): Promise<T> {
    const token = await this.#options.getToken();
    let response: Response;
    try {
      response = await this.#fetch(new URL(path, this.#options.url).href, {
        method,
        headers: { authorization: `Bearer ${token}`, accept: "application/json" },
        cache: "no-store",
        signal: AbortSignal.timeout(this.#options.timeoutMs ?? 15_000),
      });
    } catch (cause) {
      throw new FieldcastError(
        "The server cannot be reached.",
        { code: "unreachable", status: 0, temporary: true },
        { cause },
      );
    }
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) throw refusal(response, body);
    if (typeof body !== "object" || body === null) {
      throw new FieldcastError("The answer is not that of a Fieldcast server.", {
        code: "not_fieldcast",
        status: response.status,
        temporary: false,
      });
    }
    return body as T;
  }
}

function refusal(response: Response, body: unknown): FieldcastError {
  const problem = (typeof body === "object" && body !== null ? body : {}) as {
    code?: string;
    title?: string;
    detail?: string;
    retry_after_s?: number;
  };
  const retryAfter = problem.retry_after_s ?? Number(response.headers.get("retry-after") ?? Number.NaN);
  return new FieldcastError(problem.detail || problem.title || `The server answered ${response.status}.`, {
    code: problem.code ?? `http_${response.status}`,
    status: response.status,
    temporary: response.status >= 500 || response.status === 429 || response.status === 408,
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : undefined,
  });
}
