import type { LinkState } from "@fieldcast/sdk";
import type { Meter } from "../../store/meter.js";
import { ago, delay } from "../../ui/format.js";
import { useNow } from "../../ui/now.js";

/** Positions older than this are pointed out. */
const OLD_AFTER_MS = 60_000;

interface Props {
  link: LinkState;
  meter: Meter;
  roundTripMs: () => number | null;
}

/** Whether what is on the page is true now: the link, how much comes in, how late, how old. */
export function LinkChip({ link, meter, roundTripMs }: Props) {
  const now = useNow();
  const { updatesPerS, delayMs, newestAgeMs } = meter.read();
  const live = link.kind === "live";
  const roundTrip = roundTripMs();
  const details = [
    delayMs === null ? "" : `From the phone to this page: ${delay(delayMs)} (median)`,
    roundTrip === null ? "" : `To the server and back: ${delay(roundTrip)}`,
  ];
  return (
    <div className={`chip link-${tone(link)}`} title={details.filter(Boolean).join("\n")}>
      <span className="chip-part" role="status">
        <i className="pulse" aria-hidden="true" />
        <strong>{words(link, now)}</strong>
      </span>
      {live && (
        <span className="chip-part chip-rate">
          {updatesPerS < 10 ? Number(updatesPerS.toFixed(1)) : Math.round(updatesPerS)} updates/s
          {delayMs !== null && ` · ${delay(delayMs)}`}
        </span>
      )}
      {newestAgeMs !== null && (
        <span className={`chip-part chip-age${!live || newestAgeMs > OLD_AFTER_MS ? " old" : ""}`}>
          <span className="chip-age-word">newest </span>
          {ago(newestAgeMs)}
        </span>
      )}
    </div>
  );
}

function tone(link: LinkState): string {
  if (link.kind === "live") return "live";
  return link.kind === "connecting" || link.kind === "waiting" ? "trying" : "down";
}

function words(link: LinkState, now: number): string {
  switch (link.kind) {
    case "live":
      return "Live";
    case "connecting":
      return link.attempt === 0 ? "Connecting…" : "Reconnecting…";
    case "waiting":
      return `Reconnecting in ${secondsUntil(link.until, now)} s`;
    case "offline":
      return "Offline";
    case "signed_out":
      return "Signed out";
    case "ended":
    case "idle":
      return "Disconnected";
  }
}

export function secondsUntil(until: number, now: number): number {
  return Math.max(1, Math.ceil((until - now) / 1000));
}
