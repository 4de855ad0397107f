import { FieldcastApi, FieldcastError, type Me, type Team } from "@fieldcast/sdk";
import { useCallback, useEffect, useState } from "react";
import { LivePage } from "../features/live/LivePage.js";
import { SignIn } from "../features/signin/SignIn.js";
import { TeamPicker } from "../features/signin/TeamPicker.js";
import { Waiting } from "../features/signin/Waiting.js";
import { refusalText } from "./refusal.js";
import { storedToken } from "./session.js";

/** What the token is good for. */
interface Access {
  token: string;
  me: Me;
  teams: Team[];
}

type Stage =
  | { kind: "signed_out"; problem: string | null }
  | { kind: "asking"; token: string }
  | { kind: "unreachable"; token: string; problem: string }
  | { kind: "signed_in"; access: Access };

export function App() {
  const [stage, setStage] = useState<Stage>(() => {
    const token = storedToken.read();
    return token === null ? { kind: "signed_out", problem: null } : { kind: "asking", token };
  });
  const [team, setTeam] = useTeamInAddress();
  const asking = stage.kind === "asking" ? stage.token : null;

  const signOut = useCallback((problem: string | null = null) => {
    storedToken.clear();
    setStage({ kind: "signed_out", problem });
  }, []);

  useEffect(() => {
    if (asking === null) return;
    let current = true;
    ask(asking).then(
      (access) => {
        if (!current) return;
        storedToken.write(asking);
        setStage({ kind: "signed_in", access });
      },
      (error: unknown) => {
        if (!current) return;
        const problem = refusalText(error);
        if (error instanceof FieldcastError && error.temporary) setStage({ kind: "unreachable", token: asking, problem });
        else signOut(problem);
      },
    );
    return () => {
      current = false;
    };
  }, [asking, signOut]);

  switch (stage.kind) {
    case "signed_out":
      return <SignIn problem={stage.problem} onToken={(token) => setStage({ kind: "asking", token })} />;
    case "asking":
      return <Waiting />;
    case "unreachable":
      return (
        <Waiting
          problem={stage.problem}
          onRetry={() => setStage({ kind: "asking", token: stage.token })}
          onSignOut={() => signOut()}
        />
      );
    case "signed_in": {
      const { access } = stage;
      const known = access.teams.find((each) => each.team === team);
      const chosen = known ?? (access.teams.length === 1 ? access.teams[0] : undefined);
      if (!chosen) return <TeamPicker me={access.me} teams={access.teams} onTeam={setTeam} onSignOut={() => signOut()} />;
      return (
        <LivePage
          key={chosen.team}
          token={access.token}
          me={access.me}
          teams={access.teams}
          team={chosen.team}
          onTeam={setTeam}
          onSignOut={signOut}
        />
      );
    }
  }
}

async function ask(token: string): Promise<Access> {
  const api = new FieldcastApi({ url: window.location.origin, getToken: () => token });
  const [me, teams] = await Promise.all([api.me(), api.teams()]);
  return { token, me, teams: teams.toSorted((a, b) => a.team.localeCompare(b.team)) };
}

/** `?team=…`, so that a reload or a bookmark comes back to the same team. */
function useTeamInAddress(): [string | null, (team: string) => void] {
  const [team, setTeam] = useState(teamInAddress);
  useEffect(() => {
    const onPop = () => setTeam(teamInAddress());
    window.addEventListener("popstate", onPop);
    return () => window.removeEventListener("popstate", onPop);
  }, []);
  const go = useCallback((next: string) => {
    window.history.pushState(null, "", `?${new URLSearchParams({ team: next })}`);
    setTeam(next);
  }, []);
  return [team, go];
}

function teamInAddress(): string | null {
  return new URLSearchParams(window.location.search).get("team");
}
