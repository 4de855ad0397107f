// The client, the watch and the store of one team, for as long as its page is open.

import { type ErrorMessage, FieldcastClient, type LinkState } from "@fieldcast/sdk";
import { useEffect, useState, useSyncExternalStore } from "react";
import { AgentStore } from "../../store/agents.js";

export class Connection {
  readonly client: FieldcastClient;
  readonly store: AgentStore;
  refused: ErrorMessage | null = null;
  readonly #close: () => void;

  constructor(token: string, team: string) {
    const client = new FieldcastClient({ url: window.location.origin, getToken: () => token });
    const watch = client.watch(`team:${team}`);
    this.client = client;
    this.store = new AgentStore(watch, () => client.clock.now());
    // A tab that slept comes back with a link that may be dead.
    const onVisible = (): void => {
      if (document.visibilityState === "visible") client.check();
    };
    document.addEventListener("visibilitychange", onVisible);
    watch.onRefused((error) => {
      this.refused = error;
      client.close();
    });
    client.connect();
    this.#close = () => {
      document.removeEventListener("visibilitychange", onVisible);
      this.store.close();
      client.close();
    };
  }

  close(): void {
    this.#close();
  }

  readonly onState = (listener: () => void): (() => void) => this.client.onState(listener);
  readonly state = (): LinkState => this.client.state;
}

export function useConnection(token: string, team: string): Connection | null {
  const [connection, setConnection] = useState<Connection | null>(null);
  useEffect(() => {
    const opened = new Connection(token, team);
    setConnection(opened);
    return () => opened.close();
  }, [token, team]);
  return connection;
}

export function useLinkState(connection: Connection): LinkState {
  return useSyncExternalStore(connection.onState, connection.state);
}
