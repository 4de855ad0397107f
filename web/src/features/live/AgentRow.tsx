import type { Agent } from "@fieldcast/sdk";
import { memo, useCallback, useSyncExternalStore } from "react";
import { type AgentStore, nameOf } from "../../store/agents.js";
import { Avatar } from "../../ui/Avatar.js";
import { activityName, ago, presenceName, speed } from "../../ui/format.js";
import { useNow } from "../../ui/now.js";

export const ROW_HEIGHT = 60;

interface Props {
  store: AgentStore;
  id: string;
  index: number;
  total: number;
  top: number;
  selected: boolean;
  onSelect: (id: string) => void;
}

export function useAgent(store: AgentStore, id: string): Agent | undefined {
  const subscribe = useCallback((listener: () => void) => store.onAgent(id, listener), [store, id]);
  return useSyncExternalStore(subscribe, () => store.agent(id));
}

export const AgentRow = memo(function AgentRow({ store, id, index, total, top, selected, onSelect }: Props) {
  const agent = useAgent(store, id);
  if (!agent) return null;
  const name = nameOf(agent);
  const second = name === agent.agent ? "" : agent.agent;
  const activity = agent.activity === undefined ? "" : activityName[agent.activity];
  return (
    <li style={{ transform: `translateY(${top}px)` }} aria-setsize={total} aria-posinset={index + 1}>
      <button type="button" className="row" aria-pressed={selected} onClick={() => onSelect(id)}>
        <Avatar name={name} presence={agent.presence} />
        <span className="row-name">
          <strong>{name}</strong>
          <small>{[activity, second].filter(Boolean).join(" · ") || presenceName[agent.presence]}</small>
        </span>
        <span className="row-state">
          <b className={`state-${agent.presence}`}>{stateText(agent)}</b>
          <Age at={agent.recorded_ms} store={store} />
        </span>
      </button>
    </li>
  );
});

/** Of an agent that moves its speed, else what it is. */
export function stateText(agent: Agent): string {
  if (agent.presence === "online" && agent.speed_mps !== undefined) return speed(agent.speed_mps);
  return presenceName[agent.presence];
}

function Age({ at, store }: { at: number; store: AgentStore }) {
  useNow();
  return <small>{ago(Math.max(0, store.serverNow() - at))}</small>;
}
