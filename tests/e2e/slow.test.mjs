// Watchers that do not read: bounded memory, the newest state afterwards, or a close that makes them resume.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawWebSocket } from './lib/raw.mjs';
import { fix, startServer } from './lib/server.mjs';
import { until } from './lib/waiting.mjs';

const agents = 200;

/** One round of fixes of all agents, in one request; `round` grows. */
async function reportRound(server, token, round) {
  const positions = Array.from({ length: agents }, (_, index) =>
    fix(round / 100, index / 100, 1000 - round, { agent: `agent-${index}`, attributes: { note: 'x'.repeat(200) } }));
  const answer = await server.post('/v1/positions', token, positions);
  assert.equal(answer.status, 200, answer.text);
}

/** Reports rounds until the slow socket has filled up: the server holds bytes for it and coalesces. */
async function fillUp(server, token) {
  let round = 0;
  let waiting = 0;
  const before = await server.metric('fieldcast_updates_coalesced_total');
  await until('filled outbox', async () => {
    await reportRound(server, token, ++round);
    waiting = Math.max(waiting, await server.metric('fieldcast_outbox_bytes'));
    return waiting > 0 && (await server.metric('fieldcast_updates_coalesced_total')) > before + 20;
  }, 60);
  return { round, waiting };
}

test('a watcher that stops reading gets the newest state afterwards, in bounded memory', async (t) => {
  const limit = 262_144;
  const server = await startServer(t, {
    settings: {
      'server.socket_send_bytes': 16_384,
      'server.outbox_bytes_max': limit,
      'server.outbox_update_bytes_max': 32_768,
      'server.write_stall_s': 600,
      'server.heartbeat_s': 600,
    },
  });
  const gateway = server.token({ sub: 'bulk', role: 'gateway', team: 'north' });
  await reportRound(server, gateway, 0);
  const socket = await RawWebSocket.open(server, server.managerToken());
  await socket.send({ type: 'subscribe', id: 1, room: 'team:north' });
  await socket.waitForMessage((one) => one.type === 'snapshot', 'snapshot');
  socket.raw.socket.pause();
  const { round, waiting } = await fillUp(server, gateway);
  assert.ok(waiting <= limit, `${waiting} bytes waited`);

  // A quick watcher of the same room is not held up by the slow one.
  const quick = await server.manager();
  await quick.subscribe('team:north');
  await reportRound(server, gateway, round + 1);
  await quick.sees('agent-0', ({ lat }) => lat === (round + 1) / 100);

  socket.raw.socket.resume();
  const newest = new Map();
  const last = (round + 1) / 100;
  await socket.raw.waitFor(() => {
    newest.clear();
    for (const message of socket.messages) for (const one of message.positions ?? []) newest.set(one.agent, one.lat);
    return newest.size === agents && [...newest.values()].every((lat) => lat === last);
  }, 'the newest state of every agent', 60);
  const told = socket.messages.filter(({ type }) => type === 'update').flatMap(({ positions }) => positions);
  const seen = new Map();
  for (const one of told) {
    assert.ok((seen.get(one.agent) ?? -1) < one.lat, `${one.agent} went back from ${seen.get(one.agent)} to ${one.lat}`);
    seen.set(one.agent, one.lat);
  }
  assert.ok(told.length < agents * (round + 2), `${told.length} positions: what was old was left out`);
});

test('a watcher to whom nothing can be written for too long is closed, and resumes', async (t) => {
  const server = await startServer(t, { settings: { 'server.socket_send_bytes': 16_384, 'server.write_stall_s': 1, 'server.heartbeat_s': 600 } });
  const gateway = server.token({ sub: 'bulk', role: 'gateway', team: 'north' });
  await reportRound(server, gateway, 0);
  const socket = await RawWebSocket.open(server, server.managerToken());
  await socket.send({ type: 'subscribe', id: 1, room: 'team:north' });
  const snapshot = await socket.waitForMessage((one) => one.type === 'snapshot', 'snapshot');
  socket.raw.socket.pause();
  let round = 0;
  await until('close for slowness', async () => {
    await reportRound(server, gateway, ++round);
    return (await server.metric('fieldcast_sockets_closed_total', { code: 4101 })) === 1;
  }, 60);
  const again = await server.manager();
  const resumed = await again.subscribe('team:north', { since: snapshot.cursor });
  assert.equal(resumed.resumed, true);
  assert.equal(resumed.agents.length, agents);
  assert.ok(resumed.agents.every(({ lat }) => lat === round / 100), 'the newest of each');
  assert.equal(await server.metric('fieldcast_outbox_bytes'), 0, 'what waited for it is gone');
});
