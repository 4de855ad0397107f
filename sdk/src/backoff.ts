// When to come back after a connection ended.

export const BACKOFF_MIN_MS = 500;
export const BACKOFF_MAX_MS = 20_000;
/** A connection that lived this long starts the counting anew. */
export const HEALTHY_AFTER_MS = 30_000;

/** What a close code asks for; the ranges of the protocol make a table needless. */
export type AfterClose = "stop" | "sign_in" | "back_off" | "now";

export function afterClose(code: number): AfterClose {
  if (code === 4001) return "sign_in";
  if (code >= 4000 && code < 4100) return "stop";
  if (code >= 4200 && code < 4300) return "now";
  return "back_off";
}

/** Full jitter: evenly between half a second and a ceiling that doubles up to 20 s. `attempt` from 0. */
export function backoffDelayMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt + 1, 10));
  return between(BACKOFF_MIN_MS, ceiling, random);
}

export function between(min: number, max: number, random: () => number): number {
  return Math.round(min + random() * Math.max(0, max - min));
}
