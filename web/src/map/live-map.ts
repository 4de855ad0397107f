// The map and the agents on it. No React inside: it is fed by the store's flushes.

import {
  AttributionControl,
  type GeoJSONSource,
  type GeoJSONSourceDiff,
  LngLatBounds,
  Map as MapLibre,
  Marker,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { type AgentStore, type Flush, FLUSH_EVERY_MS } from "../store/agents.js";
import { Bubble } from "./bubble.js";
import { type AgentFeature, agentFeature, boundsOf } from "./features.js";
import { graticule } from "./graticule.js";
import type { Theme } from "./palette.js";
import { layers, mapStyle } from "./style.js";
import { drawSymbol } from "./symbols.js";
import { loadWorld } from "./world.js";

setWorkerUrl(workerUrl);

export interface Padding {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export interface LiveMapOptions {
  container: HTMLElement;
  store: AgentStore;
  theme: Theme;
  /** How much of the map lies under the panels, in pixels. */
  padding: () => Padding;
  onSelect: (id: string | null) => void;
  /** The user moved the map away from the agent that it follows. */
  onFollowEnded: () => void;
}

/** However slow the map draws, it is told this often. */
const SLOWEST_FLUSH_MS = 500;
/** Nearest that `fit` goes, and how near an agent is brought at least: without streets, context is all. */
const FIT_ZOOM_MAX = 14;
const AGENT_ZOOM_MIN = 9;

export class LiveMap {
  readonly #map: MapLibre;
  readonly #options: LiveMapOptions;
  readonly #store: AgentStore;
  readonly #bubble = new Bubble();
  readonly #marker: Marker;
  readonly #stops: (() => void)[] = [];
  /** What the source was given, by agent. */
  readonly #given = new Map<string, AgentFeature>();
  #theme: Theme;
  #ready = false;
  #worldDrawn = false;
  #settled = false;
  #fitted = false;
  #flushing = false;
  #dirty = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #selected: string | null = null;
  #hovered: string | null = null;
  #follow = false;

  constructor(options: LiveMapOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#theme = options.theme;
    this.#map = new MapLibre({
      container: options.container,
      style: mapStyle(options.theme),
      center: [12, 30],
      zoom: 1.6,
      minZoom: 1,
      maxZoom: 18,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      renderWorldCopies: true,
    });
    this.#marker = new Marker({ element: this.#bubble.element, anchor: "bottom", offset: [0, -22] });
    const map = this.#map;
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new AttributionControl({ compact: false }), "bottom-right");
    map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-right");
    map.setMissingStyleImageResolver((name) => {
      const picture = drawSymbol(name);
      if (picture && !map.hasImage(name)) map.addImage(name, picture.image, { pixelRatio: picture.pixelRatio });
    });
    this.#listen();
    for (const id of this.#store.agents.keys()) this.#dirty.add(id);
    this.#stops.push(this.#store.onFlush((flush) => this.#take(flush)));
  }

  #listen(): void {
    const map = this.#map;
    void map.once("load", () => {
      this.#ready = true;
      void this.#flush();
      this.#drawGrid();
      void loadWorld()
        .then((world) => this.#source("world")?.setData(world))
        .catch((error: unknown) => console.warn("no base map:", error))
        .finally(() => {
          this.#worldDrawn = true;
        });
    });
    map.on("idle", () => {
      this.#settled ||= this.#worldDrawn;
    });
    map.on("moveend", () => this.#drawGrid());
    map.on("dragstart", () => this.#endFollow());
    map.on("click", (event) => {
      const [hit] = map.queryRenderedFeatures(around(event.point, 5), { layers: ["clusters", "agents"] });
      if (!hit) this.#options.onSelect(null);
      else if (hit.layer.id === "clusters") void this.#openCluster(hit);
      else this.#options.onSelect(String(hit.properties.agent));
    });
    map.on("mousemove", (event) => {
      if (!this.#ready) return;
      const hits = map.queryRenderedFeatures(around(event.point, 3), { layers: ["clusters", "agents"] });
      map.getCanvas().style.cursor = hits.length > 0 ? "pointer" : "";
      const agent = hits[0]?.layer.id === "agents" ? String(hits[0].properties.agent) : null;
      if (agent !== this.#hovered) {
        this.#hovered = agent;
        this.#showBubble();
      }
    });
    map.on("mouseout", () => {
      this.#hovered = null;
      this.#showBubble();
    });
  }

  // --- what the page asks for -----------------------------------------------------------------

  setTheme(theme: Theme): void {
    if (theme === this.#theme) return;
    this.#theme = theme;
    const apply = (): void => {
      for (const layer of layers(this.#theme)) {
        for (const [key, value] of Object.entries(layer.paint ?? {})) {
          this.#map.setPaintProperty(layer.id, key as never, value as never);
        }
        const icon = layer.type === "symbol" ? layer.layout?.["icon-image"] : undefined;
        if (icon !== undefined) this.#map.setLayoutProperty(layer.id, "icon-image", icon);
      }
    };
    if (this.#ready) apply();
    else void this.#map.once("load", apply);
  }

  select(id: string | null): void {
    if (id === this.#selected) return;
    this.#selected = id;
    this.#drawSelected();
    this.#showBubble();
  }

  setFollow(follow: boolean): void {
    this.#follow = follow;
    if (follow) this.#goTo(this.#selected, Math.max(this.#map.getZoom(), AGENT_ZOOM_MIN));
  }

  /** Brings an agent into sight, near enough to see it alone. */
  show(id: string): void {
    this.#goTo(id, Math.max(this.#map.getZoom(), AGENT_ZOOM_MIN));
  }

  /** All agents at once. */
  fit(animate = true): void {
    const bounds = boundsOf(this.#store.agents.values());
    if (!bounds) return;
    this.#map.fitBounds(new LngLatBounds([bounds[0], bounds[1], bounds[2], bounds[3]]), {
      padding: this.#options.padding(),
      maxZoom: FIT_ZOOM_MAX,
      animate,
      duration: 600,
    });
  }

  zoomBy(steps: number): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + steps, duration: 250 });
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#timer);
    this.#ready = false;
    this.#marker.remove();
    this.#map.remove();
  }

  /** True since the map first had nothing left to draw, the base map included. */
  hasSettled(): boolean {
    return this.#settled;
  }
  /** For tests and curious people: what the map was given. */
  features(): AgentFeature[] {
    return [...this.#given.values()];
  }
  isIdle(): boolean {
    return this.#ready && this.#worldDrawn && (this.#fitted || this.#given.size === 0) && !this.#map.isMoving();
  }

  // --- agents ---------------------------------------------------------------------------------

  #take({ changed, removed }: Flush): void {
    for (const id of changed) this.#dirty.add(id);
    for (const id of removed) this.#dirty.add(id);
    void this.#flush();
    if (this.#selected !== null && (changed.has(this.#selected) || removed.has(this.#selected))) {
      this.#drawSelected();
      if (this.#follow) this.#goTo(this.#selected);
    }
    const shown = this.#hovered ?? this.#selected;
    if (shown !== null && (changed.has(shown) || removed.has(shown))) this.#showBubble();
  }

  /** Gives the source what changed, and waits until it has taken it: redraws cost, updates do not. */
  async #flush(): Promise<void> {
    if (!this.#ready || this.#flushing || this.#dirty.size === 0) return;
    this.#flushing = true;
    const dirty = this.#dirty;
    this.#dirty = new Set();
    const add: AgentFeature[] = [];
    const remove: string[] = [];
    for (const id of dirty) {
      const agent = this.#store.agent(id);
      if (agent) add.push(agentFeature(agent));
      else remove.push(id);
    }
    const diff: GeoJSONSourceDiff = { add, remove };
    try {
      await this.#source("agents")?.updateData(diff);
      for (const feature of add) this.#given.set(feature.properties.agent, feature);
      for (const id of remove) this.#given.delete(id);
    } catch (error) {
      if (this.#ready) console.warn("the map did not take an update:", error);
    }
    if (!this.#fitted && this.#store.isLoaded() && this.#ready) {
      this.#fitted = true;
      this.fit(false);
    }
    this.#flushAgain(performance.now() + SLOWEST_FLUSH_MS);
  }

  /** Not before the map has cut its tiles anew: a slow machine gets fewer and fresher pictures. */
  #flushAgain(latest: number): void {
    this.#timer = setTimeout(() => {
      if (!this.#ready) return;
      if (!this.#map.isSourceLoaded("agents") && performance.now() < latest) return this.#flushAgain(latest);
      this.#flushing = false;
      void this.#flush();
    }, FLUSH_EVERY_MS / 2);
  }

  #drawSelected(): void {
    if (!this.#ready) return;
    const agent = this.#selected === null ? undefined : this.#store.agent(this.#selected);
    const features = agent ? [agentFeature(agent)] : [];
    void this.#source("selected")?.setData({ type: "FeatureCollection", features });
  }

  #showBubble(): void {
    const id = this.#hovered ?? this.#selected;
    const agent = id === null ? undefined : this.#store.agent(id);
    if (!agent) return void this.#marker.remove();
    this.#bubble.show(agent);
    this.#marker.setLngLat([agent.lon, agent.lat]).addTo(this.#map);
  }

  async #openCluster(hit: { properties: Record<string, unknown>; geometry: GeoJSON.Geometry }): Promise<void> {
    if (hit.geometry.type !== "Point") return;
    const [lon = 0, lat = 0] = hit.geometry.coordinates;
    const zoom = await this.#source("agents")?.getClusterExpansionZoom(Number(hit.properties.cluster_id));
    if (zoom !== undefined) this.#map.easeTo({ center: [lon, lat], zoom: zoom + 0.3, duration: 500 });
  }

  #goTo(id: string | null, zoom = this.#map.getZoom()): void {
    const agent = id === null ? undefined : this.#store.agent(id);
    if (!agent) return;
    const { top, right, bottom, left } = this.#options.padding();
    this.#map.easeTo({
      center: [agent.lon, agent.lat],
      zoom,
      offset: [(left - right) / 2, (top - bottom) / 2],
      duration: 500,
    });
  }

  #endFollow(): void {
    if (!this.#follow) return;
    this.#follow = false;
    this.#options.onFollowEnded();
  }

  #drawGrid(): void {
    if (!this.#ready) return;
    const bounds = this.#map.getBounds();
    const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    void this.#source("grid")?.setData(graticule({ west, south, east, north }, this.#map.getZoom()));
  }

  #source(name: string): GeoJSONSource | undefined {
    return this.#map.getSource<GeoJSONSource>(name);
  }
}

function around({ x, y }: { x: number; y: number }, px: number): [[number, number], [number, number]] {
  return [
    [x - px, y - px],
    [x + px, y + px],
  ];
}
