// Speaks the dashboard's half of the protocol with made-up agents, and serves web/dist.
// For tests that need many agents, or a server that misbehaves on command, and for work on the page:
//
//   node e2e/fake-server.mjs [agents] [port]     and open the address that it prints

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { WebSocketServer } from "ws";
import { driveOn, makeFleet } from "./fleet.mjs";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
const PART = 500;

/** `teams`: name → agents. Only `token` is accepted. */
export async function startFakeServer({ teams, token = "good", port = 0, updatesPerS = 0, me = {} }) {
  const sockets = new Set();
  const state = { version: 1, requests: [] };

  const answer = (response, status, body) => {
    response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json" });
    response.end(JSON.stringify(body));
  };
  const http = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    state.requests.push(`${request.method} ${pathname}`);
    if (!pathname.startsWith("/v1/")) return serveFile(pathname, response);
    if (request.headers.authorization !== `Bearer ${token}`) {
      const problem = { code: "unauthenticated", title: "The token is missing or not valid.", status: 401 };
      return answer(response, 401, problem);
    }
    if (pathname === "/v1/tickets") return answer(response, 200, { ticket: "ticket", expires_at: "" });
    if (pathname === "/v1/me") {
      return answer(response, 200, { user: "ana", role: "manager", org: "default", name: "Ana Moreau", ...me });
    }
    if (pathname === "/v1/teams") {
      const list = Object.entries(teams).map(([team, agents]) => ({
        team,
        agents: agents.length,
        online: agents.filter(({ presence }) => presence === "online").length,
      }));
      return answer(response, 200, { teams: list });
    }
    return answer(response, 404, { code: "not_found", title: "There is no such path.", status: 404 });
  });

  const ws = new WebSocketServer({ server: http, path: "/v1/ws", handleProtocols: () => "fieldcast.v1.json" });
  ws.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    const send = (message) => socket.send(JSON.stringify(message));
    const server_time = () => new Date().toISOString();
    const limits = { message_bytes: 131072, positions_per_message: 500, messages_per_s: 100 };
    const welcome = { session: "s", user: "ana", role: "manager", heartbeat_s: 25, interval_s: 30, limits };
    send({ type: "welcome", server_time: server_time(), ...welcome });
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      if (message.type === "ping") send({ type: "pong", id: message.id, server_time: server_time() });
      if (message.type !== "subscribe") return;
      const { id, room } = message;
      const agents = teams[room.slice("team:".length)];
      if (!agents) return send({ type: "error", id, code: "forbidden", text: "Not your team.", temporary: false });
      socket.room = room;
      for (let from = 0, part = 1; from === 0 || from < agents.length; from += PART, part++) {
        const last = from + PART >= agents.length;
        const slice = agents.slice(from, from + PART);
        send({ type: "snapshot", id, room, cursor: `v${state.version}`, resumed: false, part, last, agents: slice });
      }
    });
  });

  /** To all who watch the team. */
  const publish = (team, message) => {
    const room = `team:${team}`;
    const text = JSON.stringify({ room, cursor: `v${++state.version}`, ...message });
    for (const socket of sockets) if (socket.room === room) socket.send(text);
  };
  let timer;
  if (updatesPerS > 0) {
    const every = 250;
    const debt = {};
    const next = {};
    timer = setInterval(() => {
      for (const [team, agents] of Object.entries(teams)) {
        const movers = agents.filter(({ presence }) => presence === "online");
        if (movers.length === 0) continue;
        debt[team] = (debt[team] ?? 0) + Math.min(updatesPerS, movers.length) * (every / 1000);
        const positions = [];
        for (; debt[team] >= 1; debt[team]--) {
          const agent = movers[(next[team] = ((next[team] ?? 0) + 1) % movers.length)];
          driveOn(agent, movers.length / updatesPerS, Math.random, Date.now() - 20 - Math.random() * 60);
          positions.push({ ...agent, presence: undefined, presence_since: undefined });
        }
        if (positions.length > 0) publish(team, { type: "update", positions });
      }
    }, every);
  }

  await new Promise((resolve) => http.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    requests: state.requests,
    publish,
    closeSockets: (code) => sockets.forEach((socket) => socket.close(code)),
    stop: async () => {
      clearInterval(timer);
      for (const socket of sockets) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

async function serveFile(pathname, response) {
  const path = normalize(join(DIST, pathname === "/" ? "index.html" : pathname));
  try {
    if (!path.startsWith(DIST)) throw new Error("outside");
    const bytes = await readFile(path);
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

export const NORDIC = [
  [55.68, 12.5, 0.35, 30],
  [55.6, 13.0, 0.3, 14],
  [57.7, 11.97, 0.35, 20],
  [59.91, 10.75, 0.4, 22],
  [59.33, 18.06, 0.35, 26],
  [56.15, 10.2, 0.35, 16],
  [57.05, 9.9, 0.3, 8],
  [55.4, 10.4, 0.25, 8],
  [53.55, 10.0, 0.35, 16],
  [54.32, 10.12, 0.25, 6],
  [54.35, 18.65, 0.3, 10],
  [58.4, 15.6, 0.5, 8],
  [58.15, 8.0, 0.3, 5],
];

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [count = 420, port = 8080] = process.argv.slice(2).map(Number);
  const teams = { north: makeFleet({ count, places: NORDIC }), south: makeFleet({ count: 12, places: [[41.9, 12.5, 0.1, 1]] }) };
  const server = await startFakeServer({ teams, port, updatesPerS: 120 });
  console.log(`${server.url}/?team=north#token=good`);
}
