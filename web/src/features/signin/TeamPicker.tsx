import type { Me, Team } from "@fieldcast/sdk";
import { ChevronRight, Users } from "lucide-react";
import { count } from "../../ui/format.js";
import { Frame } from "./Frame.js";

interface Props {
  me: Me;
  teams: readonly Team[];
  onTeam: (team: string) => void;
  onSignOut: () => void;
}

export function TeamPicker({ me, teams, onTeam, onSignOut }: Props) {
  return (
    <Frame>
      <h1>{teams.length === 0 ? "No team yet" : "Choose a team"}</h1>
      <p className="muted">
        {teams.length === 0
          ? "A team appears here with the first position of its first agent."
          : `Signed in as ${me.name || me.user}.`}
      </p>
      <ul className="teams">
        {teams.map(({ team, agents, online }) => (
          <li key={team}>
            <button type="button" onClick={() => onTeam(team)}>
              <span className="team-icon">
                <Users size={18} />
              </span>
              <span className="team-name">
                <strong>{team}</strong>
                <small>
                  {count(agents)} {agents === 1 ? "agent" : "agents"} · {count(online)} online
                </small>
              </span>
              <ChevronRight size={18} />
            </button>
          </li>
        ))}
      </ul>
      <div className="frame-actions">
        {teams.length === 0 && (
          <button type="button" className="secondary" onClick={() => window.location.reload()}>
            Look again
          </button>
        )}
        <button type="button" className="link" onClick={onSignOut}>
          Use another token
        </button>
      </div>
    </Frame>
  );
}
