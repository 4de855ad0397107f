import { useVirtualizer } from "@tanstack/react-virtual";
import { Search, X } from "lucide-react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import type { AgentStore, Filter } from "../../store/agents.js";
import { count, presenceName, shortCount } from "../../ui/format.js";
import { AgentRow, ROW_HEIGHT } from "./AgentRow.js";

const FILTERS: readonly Filter[] = ["all", "online", "parked", "silent", "offline"];

interface Props {
  store: AgentStore;
  selected: string | null;
  onSelect: (id: string) => void;
}

export function AgentList({ store, selected, onSelect }: Props) {
  const view = useSyncExternalStore(store.onList, store.list);
  const loaded = useSyncExternalStore(store.onList, store.isLoaded);
  const scroller = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const rows = useVirtualizer({
    count: view.ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => view.ids[index] ?? index,
    overscan: 4,
  });

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      search.current?.focus();
      search.current?.select();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  /** Arrow keys walk through the list from the search field on. */
  const step = (by: number): void => {
    const index = selected === null ? -1 : view.ids.indexOf(selected);
    const next = Math.min(view.ids.length - 1, Math.max(0, index + by));
    const id = view.ids[next];
    if (id === undefined) return;
    rows.scrollToIndex(next);
    onSelect(id);
  };

  return (
    <section className="agents" aria-label="Agents">
      <div className="agents-head">
        <h2>
          Agents <span className="muted">{count(view.counts.all)}</span>
        </h2>
        <div className="search">
          <Search size={17} aria-hidden="true" />
          <input
            ref={search}
            type="search"
            aria-label="Search agents"
            aria-keyshortcuts="/"
            placeholder="Search name or id…"
            value={view.query}
            onChange={(event) => store.search(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "ArrowDown" || event.key === "ArrowUp") {
                event.preventDefault();
                step(event.key === "ArrowDown" ? 1 : -1);
              } else if (event.key === "Escape") {
                store.search("");
                event.currentTarget.blur();
              }
            }}
          />
          {view.query === "" ? (
            <kbd aria-hidden="true">/</kbd>
          ) : (
            <button type="button" className="icon-button" aria-label="Clear the search" onClick={() => store.search("")}>
              <X size={15} />
            </button>
          )}
        </div>
        <div className="filters" role="group" aria-label="Show agents that are">
          {FILTERS.map((filter) => (
            <button
              key={filter}
              type="button"
              aria-pressed={view.filter === filter}
              title={count(view.counts[filter])}
              onClick={() => {
                store.filter(filter);
                scroller.current?.scrollTo({ top: 0 });
              }}
            >
              <b>{shortCount(view.counts[filter])}</b>
              <span>
                {filter !== "all" && <i className={`dot dot-${filter}`} />}
                {filter === "all" ? "All" : presenceName[filter]}
              </span>
            </button>
          ))}
        </div>
      </div>
      <div className="rows" ref={scroller}>
        {view.ids.length === 0 && <p className="empty">{emptyText(loaded, view.query, view.filter)}</p>}
        <ul style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ key, index, start }) => {
            const id = view.ids[index] ?? "";
            return (
              <AgentRow
                key={key}
                store={store}
                id={id}
                index={index}
                total={view.ids.length}
                top={start}
                selected={id === selected}
                onSelect={onSelect}
              />
            );
          })}
        </ul>
      </div>
    </section>
  );
}

function emptyText(loaded: boolean, query: string, filter: Filter): string {
  if (!loaded) return "Loading…";
  if (query.trim() !== "") return "Nobody is called so.";
  if (filter !== "all") return `Nobody is ${presenceName[filter].toLowerCase()} now.`;
  return "An agent appears here with its first position.";
}
