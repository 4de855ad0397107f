import type { Me, Team } from "@fieldcast/sdk";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { AgentCard } from "./AgentCard.js";
import { AgentList } from "./AgentList.js";
import { type Connection, useConnection, useLinkState } from "./connection.js";
import { Header } from "./Header.js";
import type { MapActions } from "./MapView.js";
import { Notice } from "./Notice.js";
import "./live.css";
import "./panels.css";
import "./narrow.css";

// The largest part of the page: the list is live before it has arrived.
const MapView = lazy(() => import("./MapView.js"));

interface Props {
  token: string;
  me: Me;
  teams: readonly Team[];
  team: string;
  onTeam: (team: string) => void;
  onSignOut: (problem?: string | null) => void;
}

export function LivePage(props: Props) {
  const connection = useConnection(props.token, props.team);
  return connection && <Live {...props} connection={connection} />;
}

function Live({ me, teams, team, onTeam, onSignOut, connection }: Props & { connection: Connection }) {
  const link = useLinkState(connection);
  const [selected, setSelected] = useState<string | null>(null);
  const [follow, setFollow] = useState(false);
  const [listOpen, setListOpen] = useState(() => window.innerWidth >= 700);
  const map = useRef<MapActions | null>(null);

  useEffect(() => {
    if (link.kind === "signed_out") onSignOut("You were signed out: the token is no longer accepted.");
  }, [link.kind, onSignOut]);

  useEffect(() => {
    document.title = `${team} · Fieldcast`;
  }, [team]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.target instanceof HTMLInputElement) return;
      setSelected(null);
      setFollow(false);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  const select = (id: string | null): void => {
    setSelected(id);
    if (id === null || id !== selected) setFollow(false);
  };
  const choose = (id: string): void => {
    select(id);
    // The card takes its place first: the map leaves it free.
    requestAnimationFrame(() => map.current?.show(id));
    if (window.innerWidth < 700) setListOpen(false);
  };

  return (
    <div className={`live${listOpen ? " list-open" : ""}`}>
      <Header
        me={me}
        teams={teams}
        team={team}
        link={link}
        meter={connection.store.meter}
        roundTripMs={() => connection.client.clock.roundTripMs}
        onTeam={onTeam}
        onSignOut={() => onSignOut(null)}
        onToggleList={() => setListOpen(!listOpen)}
        listOpen={listOpen}
      />
      <main className="stage">
        <Suspense fallback={<div className="map map-loading" />}>
          <MapView
            connection={connection}
            selected={selected}
            follow={follow}
            onSelect={select}
            onFollowEnded={() => setFollow(false)}
            actions={map}
          />
        </Suspense>
        <AgentList store={connection.store} selected={selected} onSelect={choose} />
        <Notice connection={connection} link={link} />
        {selected !== null && (
          <AgentCard
            key={selected}
            connection={connection}
            id={selected}
            follow={follow}
            onFollow={setFollow}
            onShow={() => map.current?.show(selected)}
            onClose={() => select(null)}
          />
        )}
      </main>
    </div>
  );
}
