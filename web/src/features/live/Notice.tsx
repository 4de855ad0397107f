import type { LinkState } from "@fieldcast/sdk";
import { CloudOff, RotateCw } from "lucide-react";
import { useEffect, useState } from "react";
import { duration } from "../../ui/format.js";
import { useNow } from "../../ui/now.js";
import type { Connection } from "./connection.js";
import { secondsUntil } from "./LinkChip.js";

/** A hiccup shorter than this needs no words beyond the chip's. */
const AFTER_MS = 1_500;

/** Says over the map that what it shows is of the past, how old, and what is done about it. */
export function Notice({ connection, link }: { connection: Connection; link: LinkState }) {
  return link.kind === "live" ? null : <Away connection={connection} link={link} />;
}

function Away({ connection, link }: { connection: Connection; link: LinkState }) {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return long && <Words connection={connection} link={link} />;
}

function Words({ connection, link }: { connection: Connection; link: LinkState }) {
  const now = useNow();
  const { newestAgeMs } = connection.store.meter.read();
  const refused = connection.refused;
  return (
    <div className="notice" role="alert">
      <CloudOff size={18} aria-hidden="true" />
      <div>
        <strong>
          {newestAgeMs === null
            ? "No positions yet: there is no connection"
            : `Not live: the newest position is ${duration(Math.max(1000, newestAgeMs))} old`}
        </strong>
        <span>{refused ? refused.text : reason(link, now)}</span>
      </div>
      {link.kind !== "connecting" && (
        <button type="button" className="secondary" onClick={() => connection.client.connect()}>
          <RotateCw size={15} /> Try now
        </button>
      )}
    </div>
  );
}

function reason(link: LinkState, now: number): string {
  switch (link.kind) {
    case "waiting":
      return `Connecting again in ${secondsUntil(link.until, now)} s.`;
    case "offline":
      return "This device is offline. Fieldcast comes back by itself.";
    case "connecting":
      return "Connecting…";
    case "ended":
      return `The server ended the connection${link.reason === "" ? "" : `: ${link.reason}`} (${link.code}).`;
    default:
      return "";
  }
}
