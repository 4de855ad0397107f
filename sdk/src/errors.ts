export interface ErrorDetails {
  /** Stable, snake_case: one of the protocol's outcomes, or `unreachable` when no server answered. */
  code: string;
  /** HTTP status, 0 when there was none. */
  status: number;
  /** True when the same request may succeed later. */
  temporary: boolean;
  retryAfterS?: number | undefined;
}

/** What the server refused, or that it could not be asked. */
export class FieldcastError extends Error {
  readonly code: string;
  readonly status: number;
  readonly temporary: boolean;
  readonly retryAfterS: number | undefined;

  constructor(text: string, details: ErrorDetails, options?: ErrorOptions) {
    super(text, options);
    this.name = "FieldcastError";
    this.code = details.code;
    this.status = details.status;
    this.temporary = details.temporary;
    this.retryAfterS = details.retryAfterS;
  }

  /** A new token is needed. */
  get signIn(): boolean {
    return this.status === 401 || this.code === "unauthenticated" || this.code === "token_expired";
  }
}
