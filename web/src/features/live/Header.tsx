import type { LinkState, Me, Team } from "@fieldcast/sdk";
import { ChevronsUpDown, List, LogOut, Map as MapIcon } from "lucide-react";
import type { Meter } from "../../store/meter.js";
import { count, initials } from "../../ui/format.js";
import { Logo } from "../../ui/Logo.js";
import { ThemeToggle } from "../../ui/ThemeToggle.js";
import { LinkChip } from "./LinkChip.js";

interface Props {
  me: Me;
  teams: readonly Team[];
  team: string;
  link: LinkState;
  meter: Meter;
  roundTripMs: () => number | null;
  listOpen: boolean;
  onTeam: (team: string) => void;
  onSignOut: () => void;
  onToggleList: () => void;
}

export function Header(props: Props) {
  const { me, teams, team, link, meter, roundTripMs, listOpen, onTeam, onSignOut, onToggleList } = props;
  const listLabel = listOpen ? "Hide the list" : "Show the list";
  return (
    <header className="top">
      <button type="button" className="icon-button list-toggle" aria-label={listLabel} onClick={onToggleList}>
        {listOpen ? <MapIcon size={19} /> : <List size={19} />}
      </button>
      <div className="brand">
        <Logo size={32} />
        <strong>Fieldcast</strong>
      </div>
      <div className="team-switch">
        <span aria-hidden="true" className="team-switch-label">
          Team
        </span>
        {teams.length > 1 ? (
          <>
            <select aria-label="Team" value={team} onChange={(event) => onTeam(event.target.value)}>
              {teams.map((each) => (
                <option key={each.team} value={each.team}>
                  {each.team}
                </option>
              ))}
            </select>
            <ChevronsUpDown size={15} aria-hidden="true" />
          </>
        ) : (
          <strong>{team}</strong>
        )}
      </div>
      <div className="top-end">
        <LinkChip link={link} meter={meter} roundTripMs={roundTripMs} />
        <ThemeToggle />
        <button type="button" className="me" popoverTarget="me" aria-label={`Signed in as ${me.name || me.user}`}>
          {initials(me.name || me.user)}
        </button>
        <div id="me" popover="auto" className="menu">
          <strong>{me.name || me.user}</strong>
          <small>
            {me.role} · {me.org} · {count(teams.length)} {teams.length === 1 ? "team" : "teams"}
          </small>
          <button type="button" onClick={onSignOut}>
            <LogOut size={16} /> Sign out
          </button>
        </div>
      </div>
    </header>
  );
}
