// A made-up fleet that drives about: for tests with many agents and for pictures.

const FIRST = ["Ana", "Bruno", "Chiara", "Daan", "Elif", "Freja", "Goran", "Hanna", "Ivan", "Jonas", "Karin", "Liam",
  "Maja", "Nils", "Oda", "Pavel", "Rosa", "Sofie", "Tomas", "Una", "Vera", "Wim", "Yara", "Zoe"];
const LAST = ["Berg", "Costa", "Dahl", "Eriksen", "Fischer", "Garcia", "Horvat", "Ilic", "Jensen", "Kovac", "Larsen",
  "Moreau", "Nowak", "Olsen", "Petrov", "Rossi", "Silva", "Toth", "Vogel", "Weber"];

/** The same numbers for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Agents around `places` ([lat, lon, spread in degrees, weight]). */
export function makeFleet({ count, places, seed = 7, now = Date.now() }) {
  const random = randomFrom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const normal = () => random() + random() + random() - 1.5;
  const total = places.reduce((sum, [, , , weight]) => sum + weight, 0);
  const place = () => {
    let at = random() * total;
    return places.find(([, , , weight]) => (at -= weight) <= 0) ?? places[0];
  };
  return Array.from({ length: count }, (_, index) => {
    const [lat, lon, spread] = place();
    const luck = random();
    const presence = luck < 0.62 ? "online" : luck < 0.84 ? "parked" : luck < 0.9 ? "silent" : "offline";
    const quietMs = { online: 9e3, parked: 6e4, silent: 9e5, offline: 4e7 }[presence] * random();
    const driving = random() < 0.7;
    return {
      agent: `unit-${1000 + index}`,
      name: `${pick(FIRST)} ${pick(LAST)}`,
      lat: lat + normal() * spread,
      lon: lon + (normal() * spread) / Math.cos((lat * Math.PI) / 180),
      recorded_at: new Date(now - quietMs).toISOString(),
      accuracy_m: 3 + Math.round(random() * 12),
      ...(presence === "online"
        ? { speed_mps: driving ? 5 + random() * 22 : 1 + random(), heading_deg: Math.floor(random() * 360) }
        : { speed_mps: 0 }),
      battery: Math.round((0.12 + random() * 0.88) * 100) / 100,
      activity: presence === "parked" ? "stationary" : driving ? "driving" : "walking",
      presence,
      presence_since: new Date(now - quietMs - random() * 3e6).toISOString(),
    };
  });
}

/** The agent some seconds later: onwards, with a little turn. */
export function driveOn(agent, seconds, random = Math.random, now = Date.now()) {
  const heading = (agent.heading_deg + (random() - 0.5) * 24 + 360) % 360;
  const way = (agent.speed_mps * seconds) / 111_195;
  const radians = (heading * Math.PI) / 180;
  agent.lat += way * Math.cos(radians);
  agent.lon += (way * Math.sin(radians)) / Math.cos((agent.lat * Math.PI) / 180);
  agent.heading_deg = Math.round(heading * 10) / 10;
  agent.recorded_at = new Date(now).toISOString();
  return agent;
}
