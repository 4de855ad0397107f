import { Battery, BatteryLow, Check, Compass, Copy, Crosshair, Footprints, LocateFixed, Mountain, Target, X } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { nameOf } from "../../store/agents.js";
import { Avatar } from "../../ui/Avatar.js";
import { activityName, ago, compass, coordinates, duration, metres, presenceName, time } from "../../ui/format.js";
import { useNow } from "../../ui/now.js";
import { useAgent } from "./AgentRow.js";
import type { Connection } from "./connection.js";

interface Props {
  connection: Connection;
  id: string;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  onShow: () => void;
  onClose: () => void;
}

/** All that is known of one agent now. */
export function AgentCard({ connection, id, follow, onFollow, onShow, onClose }: Props) {
  const pageNow = useNow();
  const { store } = connection;
  const agent = useAgent(store, id);
  const now = store.serverNow();
  if (!agent) {
    return (
      <aside className="card" aria-label="Agent">
        <div className="card-head">
          <strong>{id}</strong>
          <CloseButton onClose={onClose} />
        </div>
        <p className="muted">This agent is no longer in the team.</p>
      </aside>
    );
  }
  const name = nameOf(agent);
  const stateFor = now - Date.parse(agent.presence_since);
  return (
    <aside className="card" aria-label={`Agent ${name}`}>
      <div className="card-head">
        <Avatar name={name} presence={agent.presence} large />
        <div className="card-name">
          <strong>{name}</strong>
          <small>{agent.agent}</small>
        </div>
        <CloseButton onClose={onClose} />
      </div>
      <div className="card-now">
        <div className="card-speed">
          <b>{agent.speed_mps === undefined ? "–" : Math.round(agent.speed_mps * 3.6)}</b>
          <span>km/h</span>
        </div>
        <div className="card-state">
          <span className={`badge tint-${agent.presence}`}>
            <i className={`dot dot-${agent.presence}`} />
            {presenceName[agent.presence]}
            {Number.isFinite(stateFor) && stateFor >= 1000 && ` for ${duration(stateFor)}`}
          </span>
          <small>
            <time dateTime={agent.recorded_at} title={agent.recorded_at}>
              {time(agent.recorded_ms, pageNow)}
            </time>
            {" · "}
            {ago(Math.max(0, now - agent.recorded_ms))}
          </small>
        </div>
      </div>
      <dl className="facts">
        <Fact icon={<Footprints size={16} />} name="Activity">
          {agent.activity && activityName[agent.activity]}
        </Fact>
        <Fact icon={<Compass size={16} />} name="Heading">
          {agent.heading_deg !== undefined && `${compass(agent.heading_deg)} ${Math.round(agent.heading_deg)}°`}
        </Fact>
        <Fact icon={(agent.battery ?? 1) < 0.2 ? <BatteryLow size={16} /> : <Battery size={16} />} name="Battery">
          {agent.battery !== undefined && (
            <span className={agent.battery < 0.2 ? "low" : ""}>{Math.round(agent.battery * 100)} %</span>
          )}
        </Fact>
        <Fact icon={<Target size={16} />} name="Accuracy">
          {agent.accuracy_m !== undefined && `± ${metres(agent.accuracy_m)}`}
        </Fact>
        {agent.altitude_m !== undefined && (
          <Fact icon={<Mountain size={16} />} name="Altitude">
            {metres(agent.altitude_m)}
          </Fact>
        )}
      </dl>
      <CopyableCoordinates text={coordinates(agent.lat, agent.lon)} />
      <div className="card-actions">
        <button type="button" className="primary" aria-pressed={follow} onClick={() => onFollow(!follow)}>
          <LocateFixed size={16} /> {follow ? "Following" : "Follow"}
        </button>
        <button type="button" className="secondary" onClick={onShow}>
          <Crosshair size={16} /> Centre
        </button>
      </div>
    </aside>
  );
}

function CloseButton({ onClose }: { onClose: () => void }) {
  return (
    <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
      <X size={18} />
    </button>
  );
}

function Fact({ icon, name, children }: { icon: ReactNode; name: string; children: ReactNode }) {
  return (
    <div>
      <dt>
        {icon} {name}
      </dt>
      <dd>{children || <span className="muted">unknown</span>}</dd>
    </div>
  );
}

function CopyableCoordinates({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div className="coordinates">
      <span>{text}</span>
      <button
        type="button"
        className="icon-button"
        aria-label="Copy the coordinates"
        onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}
      >
        {copied ? <Check size={15} /> : <Copy size={15} />}
      </button>
    </div>
  );
}
