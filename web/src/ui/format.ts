// How values are written for people.

import type { Activity, Presence } from "@fieldcast/sdk";

/** "now", "12 s", "4 min", "3 h", "5 d" */
export function duration(ms: number): string {
  const s = Math.floor(ms / 1000);
  if (s < 1) return "now";
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

export function ago(ms: number): string {
  return ms < 1000 ? "just now" : `${duration(ms)} ago`;
}

/** "42 ms", "1.3 s", "12 s", "3 min" */
export function delay(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return duration(ms);
}

export function speed(mps: number): string {
  return `${Math.round(mps * 3.6)} km/h`;
}

const POINTS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"];
export function compass(deg: number): string {
  return POINTS[Math.round((((deg % 360) + 360) % 360) / 45) % 8] ?? "N";
}

/** "980", "9,800", and where it is narrow "9.8k" */
export function count(value: number): string {
  return value.toLocaleString("en");
}
export function shortCount(value: number): string {
  if (value < 1000) return String(value);
  const thousands = value / 1000;
  return `${thousands < 10 ? (Math.floor(thousands * 10) / 10).toString() : Math.floor(thousands)}k`;
}

export function metres(value: number): string {
  return value < 1000 ? `${Math.round(value)} m` : `${(value / 1000).toFixed(1)} km`;
}

export function coordinates(lat: number, lon: number): string {
  return `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
});
/** The time of day, with the date when it was not within a day. */
export function time(ms: number, now: number): string {
  return (now - ms < 86_400_000 ? clock : dayAndClock).format(ms);
}

export const presenceName: Record<Presence, string> = {
  online: "Online",
  parked: "Parked",
  silent: "Silent",
  offline: "Offline",
};

export const activityName: Record<Activity, string> = {
  stationary: "Stationary",
  walking: "Walking",
  running: "Running",
  cycling: "Cycling",
  driving: "Driving",
};

/** "Daniyar Seitkali" → "DS", "van-12" → "V1" */
export function initials(name: string): string {
  const words = name.split(/[\s\-_.]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase() || "?";
}
