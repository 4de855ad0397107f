// The server's clock, seen from here.
//
// The welcome gives a first guess, late by the way it travelled; each ping and
// pong gives a better one, of which that with the shortest round trip is kept.

export class ServerClock {
  #offsetMs = 0;
  #bestRoundTripMs = Number.POSITIVE_INFINITY;
  /** Of the last ping, null before the first pong. */
  roundTripMs: number | null = null;

  /** A new connection may be to another server. */
  welcome(serverTime: string, now: number): void {
    const at = Date.parse(serverTime);
    if (Number.isNaN(at)) return;
    this.#offsetMs = at - now;
    this.#bestRoundTripMs = Number.POSITIVE_INFINITY;
  }

  pong(serverTime: string, sentAt: number, now: number): void {
    const roundTrip = now - sentAt;
    this.roundTripMs = roundTrip;
    const at = Date.parse(serverTime);
    if (Number.isNaN(at)) return;
    // A little worse each time, so that a drifting clock is followed.
    this.#bestRoundTripMs *= 1.2;
    if (roundTrip > this.#bestRoundTripMs) return;
    this.#bestRoundTripMs = Math.max(1, roundTrip);
    this.#offsetMs = at - (sentAt + now) / 2;
  }

  now(): number {
    return Date.now() + this.#offsetMs;
  }
}
