// The small card over the agent under the pointer, or the one that is selected.

import type { Agent } from "@fieldcast/sdk";
import { nameOf } from "../store/agents.js";
import { compass, presenceName, speed, time } from "../ui/format.js";

export class Bubble {
  readonly element = document.createElement("div");
  readonly #name = document.createElement("strong");
  readonly #state = document.createElement("span");
  readonly #facts = document.createElement("div");

  constructor() {
    this.element.className = "bubble";
    // Everything in it stands in the list and in the card too.
    this.element.setAttribute("aria-hidden", "true");
    this.#facts.className = "bubble-facts";
    const head = document.createElement("div");
    head.className = "bubble-head";
    head.append(this.#name, this.#state);
    this.element.append(head, this.#facts);
  }

  show(agent: Agent): void {
    this.#name.textContent = nameOf(agent);
    const moves = agent.presence === "online" && agent.speed_mps !== undefined;
    this.#state.textContent = moves ? speed(agent.speed_mps ?? 0) : presenceName[agent.presence];
    this.#state.className = `state-${agent.presence}`;
    this.#facts.textContent = [
      time(agent.recorded_ms, Date.now()),
      agent.battery === undefined ? "" : `${Math.round(agent.battery * 100)} %`,
      agent.heading_deg === undefined ? "" : compass(agent.heading_deg),
    ]
      .filter((fact) => fact !== "")
      .join("  ·  ");
  }
}
