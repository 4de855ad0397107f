import type { Presence } from "@fieldcast/sdk";
import { initials } from "./format.js";

/** Initials on the colour of the agent's presence; the dot says it again. */
export function Avatar({ name, presence, large = false }: { name: string; presence: Presence; large?: boolean }) {
  return (
    <span className={`avatar tint-${presence}${large ? " avatar-large" : ""}`} aria-hidden="true">
      {initials(name)}
      <i className={`dot dot-${presence}`} />
    </span>
  );
}
