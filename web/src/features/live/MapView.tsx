import { Maximize, Minus, Plus } from "lucide-react";
import { type RefObject, useEffect, useImperativeHandle, useRef } from "react";
import { LiveMap, type Padding } from "../../map/live-map.js";
import { useTheme } from "../../ui/theme.js";
import type { Connection } from "./connection.js";
import { exposeProbe } from "./probe.js";

export interface MapActions {
  show: (id: string) => void;
}

interface Props {
  connection: Connection;
  selected: string | null;
  follow: boolean;
  onSelect: (id: string | null) => void;
  onFollowEnded: () => void;
  actions: RefObject<MapActions | null>;
}

export default function MapView({ connection, selected, follow, onSelect, onFollowEnded, actions }: Props) {
  const container = useRef<HTMLDivElement>(null);
  const map = useRef<LiveMap | null>(null);
  const theme = useTheme();
  const first = useRef(theme);
  // The map lives longer than any of its listeners.
  const listeners = useRef({ onSelect, onFollowEnded });
  useEffect(() => {
    listeners.current = { onSelect, onFollowEnded };
  });

  useEffect(() => {
    if (!container.current) return;
    const live = new LiveMap({
      container: container.current,
      store: connection.store,
      theme: first.current,
      padding,
      onSelect: (id) => listeners.current.onSelect(id),
      onFollowEnded: () => listeners.current.onFollowEnded(),
    });
    map.current = live;
    const hide = exposeProbe(connection, live);
    return () => {
      hide();
      live.destroy();
      map.current = null;
    };
  }, [connection]);

  useImperativeHandle(actions, () => ({ show: (id) => map.current?.show(id) }), []);
  useEffect(() => map.current?.setTheme(theme), [theme]);
  useEffect(() => map.current?.select(selected), [selected]);
  useEffect(() => map.current?.setFollow(follow), [follow]);

  return (
    <>
      <div className="map" ref={container} role="region" aria-label="Map of the agents" />
      <div className="map-buttons">
        <button type="button" aria-label="Zoom in" title="Zoom in" onClick={() => map.current?.zoomBy(1)}>
          <Plus size={18} />
        </button>
        <button type="button" aria-label="Zoom out" title="Zoom out" onClick={() => map.current?.zoomBy(-1)}>
          <Minus size={18} />
        </button>
        <button type="button" aria-label="Show all agents" title="Show all agents" onClick={() => map.current?.fit()}>
          <Maximize size={16} />
        </button>
      </div>
    </>
  );
}

function padding(): Padding {
  const wide = window.innerWidth >= 700;
  const list = document.querySelector(".agents")?.getBoundingClientRect();
  const card = document.querySelector(".card")?.getBoundingClientRect();
  return {
    top: 70,
    bottom: 70 + (wide ? 0 : (card?.height ?? 0)),
    left: 60 + (wide ? (list?.right ?? 0) : 0),
    right: 60 + (wide ? (card?.width ?? 0) : 0),
  };
}
