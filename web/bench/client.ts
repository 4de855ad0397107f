// How many updates a second one page takes: JSON in, through client, watch and store, to what the map
// and forty visible rows are given. Fails under the budget.

import { FieldcastClient, type Socket, type SocketConstructor } from "@fieldcast/sdk";
import { agentFeature } from "../src/map/features.js";
import { AgentStore } from "../src/store/agents.js";

const AGENTS = 10_000;
const MESSAGES = 2_000;
const POSITIONS = 50;
const BUDGET_PER_S = 1_500;

const loopback: Socket = {
  readyState: 1,
  onopen: null,
  onmessage: null,
  onerror: null,
  onclose: null,
  send: () => undefined,
  close: () => undefined,
};
// A constructor that gives an object: `new` then gives that one.
function Loopback(): Socket {
  return loopback;
}
const says = (message: object): void => loopback.onmessage?.({ data: JSON.stringify(message) });

const room = "team:bench";
const from = Date.now() - 3_600_000;
const position = (index: number, second: number) => ({
  agent: `unit-${index}`,
  name: `Agent ${index}`,
  lat: 50 + (index % 100) / 100 + second * 1e-5,
  lon: 10 + index / 5000,
  recorded_at: new Date(from + second * 1000).toISOString(),
  speed_mps: 12.5,
  heading_deg: (index * 7 + second) % 360,
  accuracy_m: 5,
  battery: 0.81,
  activity: "driving",
});

const client = new FieldcastClient({ url: "http://bench", getTicket: () => "t", WebSocket: Loopback as unknown as SocketConstructor, network: null });
const watch = client.watch(room);
const store = new AgentStore(watch, () => client.clock.now());
let [features, rows] = [0, 0];
store.onFlush(({ changed }) => {
  for (const id of changed) {
    const agent = store.agent(id);
    if (agent) features += agentFeature(agent).geometry.coordinates.length / 2;
  }
});
for (let i = 0; i < 40; i++) store.onAgent(`unit-${i}`, () => rows++);
client.connect();
await new Promise((resolve) => setTimeout(resolve, 10));
says({ type: "welcome", session: "s", user: "u", role: "manager", server_time: new Date().toISOString() });
const entries = Array.from({ length: AGENTS }, (_, index) => ({
  ...position(index, 0),
  presence: "online",
  presence_since: new Date(from).toISOString(),
}));
says({ type: "snapshot", room, cursor: "0", resumed: false, agents: entries });
store.flush();

const texts = Array.from({ length: MESSAGES }, (_, message) =>
  JSON.stringify({
    type: "update",
    room,
    cursor: String(message),
    positions: Array.from({ length: POSITIONS }, (__, i) => position((message * POSITIONS + i * 7) % AGENTS, message + 1)),
  }),
);
features = 0;
const start = performance.now();
for (const [index, data] of texts.entries()) {
  loopback.onmessage?.({ data });
  // As often as it would be at the budgeted rate: every 250 ms.
  if (index % Math.ceil((BUDGET_PER_S * 0.25) / POSITIONS) === 0) store.flush();
}
store.flush();
const seconds = (performance.now() - start) / 1000;
const perS = Math.round((MESSAGES * POSITIONS) / seconds);
console.log(`${perS.toLocaleString("en")} updates/s (${MESSAGES * POSITIONS} updates, ${AGENTS} agents, ${features} features, ${rows} rows)`);
client.close();
store.close();
if (perS < BUDGET_PER_S) {
  console.error(`under the budget of ${BUDGET_PER_S}`);
  process.exit(1);
}
