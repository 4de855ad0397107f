// Rooms: snapshots, updates, resumption, views, presence.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ago, fix, fresh, sharedServer, startServer } from './lib/server.mjs';
import { connect } from './lib/socket.mjs';

const server = sharedServer({ before, after });

test('a snapshot comes first, then updates', async () => {
  const team = fresh('team');
  const name = fresh('agent');
  const agent = await server.now.agent(name, team, { name: 'Ada' });
  await agent.request({ type: 'position', ...fix(1, 2, 20) });
  const manager = await server.now.manager([team]);
  const snapshot = await manager.subscribe(`team:${team}`);
  assert.equal(snapshot.type, 'snapshot');
  assert.equal(snapshot.room, `team:${team}`);
  assert.equal(snapshot.resumed, false);
  assert.ok(snapshot.cursor.length > 0);
  assert.equal(snapshot.agents.length, 1);
  const [entry] = snapshot.agents;
  assert.deepEqual([entry.agent, entry.name, entry.lat, entry.lon, entry.presence], [name, 'Ada', 1, 2, 'online']);
  assert.ok(Date.parse(entry.presence_since) > 0);
  await agent.request({ type: 'position', ...fix(1.5, 2.5, 10, { speed_mps: 3 }) });
  const position = await manager.sees(name);
  assert.deepEqual([position.lat, position.lon, position.speed_mps], [1.5, 2.5, 3]);
  const types = manager.messages.map(({ type }) => type);
  assert.ok(types.indexOf('snapshot') < types.indexOf('update'));
});

test('fixes by HTTP go to watchers too, and two watchers are told the same', async () => {
  const team = fresh('team');
  const name = fresh('agent');
  const watchers = await Promise.all([server.now.manager([team]), server.now.manager('*')]);
  for (const watcher of watchers) assert.deepEqual((await watcher.subscribe(`team:${team}`)).agents, []);
  for (const seconds of [30, 20, 10]) await server.now.report(name, fix(50 - seconds, 7, seconds), team);
  for (const watcher of watchers) await watcher.sees(name, ({ lat }) => lat === 40);
  const [first, second] = watchers.map((watcher) => watcher.positionsOf(name).at(-1));
  assert.deepEqual(first, second);
});

test('a watcher never sees an older position after a newer one, and yet the older one is stored', async () => {
  const team = fresh('team');
  const name = fresh('agent');
  const manager = await server.now.manager([team]);
  await manager.subscribe(`team:${team}`);
  await server.now.report(name, fix(10, 1, 20), team);
  await manager.sees(name, ({ lat }) => lat === 10);
  assert.equal((await server.now.report(name, fix(5, 1, 60), team)).accepted, 1);
  await server.now.report(name, fix(11, 1, 10), team);
  await manager.sees(name, ({ lat }) => lat === 11);
  assert.deepEqual(manager.positionsOf(name).map(({ lat }) => lat), [10, 11]);
  const { json } = await server.now.get(`/v1/agents/${name}/positions`, server.now.managerToken());
  assert.deepEqual(json.positions.map(({ lat }) => lat), [5, 10, 11]);
});

test('a resume brings only what has changed since the cursor', async () => {
  const team = fresh('team');
  const [moves, rests] = [fresh('agent'), fresh('agent')];
  await server.now.report(moves, fix(1, 1, 50), team);
  await server.now.report(rests, fix(2, 2, 50), team);
  const first = await server.now.manager([team]);
  const { cursor, agents } = await first.subscribe(`team:${team}`);
  assert.equal(agents.length, 2);
  await first.close();
  await server.now.report(moves, fix(1, 3, 40), team);
  const second = await server.now.manager([team]);
  const resumed = await second.subscribe(`team:${team}`, { since: cursor });
  assert.equal(resumed.resumed, true);
  assert.deepEqual(resumed.agents.map(({ agent, lon }) => [agent, lon]), [[moves, 3]]);
  const idle = await server.now.manager([team]);
  const nothing = await idle.subscribe(`team:${team}`, { since: resumed.cursor });
  assert.deepEqual([nothing.resumed, nothing.agents], [true, []]);
  await server.now.report(rests, fix(2, 9, 30), team);
  assert.equal((await second.sees(rests)).lon, 9);
});

test('the last cursor of what was told resumes after it', async () => {
  const team = fresh('team');
  const name = fresh('agent');
  const manager = await server.now.manager([team]);
  await manager.subscribe(`team:${team}`);
  await server.now.report(name, fix(1, 1, 9), team);
  const { cursor } = await manager.waitFor((one) => one.type === 'presence', 'presence, told after the position');
  const other = await server.now.manager([team]);
  const resumed = await other.subscribe(`team:${team}`, { since: cursor });
  assert.deepEqual([resumed.resumed, resumed.agents], [true, []]);
});

for (const since of ['garbage', '1.1', 'ffffffffffffffff.ffffffffffffffff', "' OR 1=1", '9'.repeat(5000)]) {
  test(`the cursor ${since.slice(0, 40)} gives the full snapshot or a named error, never less`, async () => {
    const team = fresh('team');
    const name = fresh('agent');
    await server.now.report(name, fix(1, 1, 9), team);
    const manager = await server.now.manager([team]);
    const answer = await manager.subscribe(`team:${team}`, { since });
    if (answer.type === 'error') assert.equal(answer.code, 'bad_request');
    else assert.deepEqual([answer.resumed, answer.agents.map(({ agent }) => agent)], [false, [name]]);
  });
}

test('a viewport limits what comes; agents that leave it are named', async () => {
  const team = fresh('team');
  const [inside, outside] = [fresh('in'), fresh('out')];
  await server.now.report(inside, fix(10.5, 10.5, 50), team);
  await server.now.report(outside, fix(50, 50, 50), team);
  const manager = await server.now.manager([team]);
  const room = `team:${team}`;
  const snapshot = await manager.subscribe(room, { viewport: [10, 10, 11, 11] });
  assert.deepEqual(snapshot.agents.map(({ agent }) => agent), [inside]);
  await server.now.report(outside, fix(51, 51, 40), team);
  await server.now.report(inside, fix(10.6, 10.6, 40), team);
  await manager.sees(inside, ({ lat }) => lat === 10.6);
  assert.deepEqual(manager.positionsOf(outside), []);
  await server.now.report(inside, fix(20, 20, 30), team);
  await manager.waitFor((one) => one.type === 'update' && one.left?.includes(inside), `${inside} in left`);
  await server.now.report(outside, fix(10.1, 10.1, 20), team);
  await manager.sees(outside);
});

test('a moved view brings what comes into it and names what leaves', async () => {
  const team = fresh('team');
  const [west, east] = [fresh('west'), fresh('east')];
  await server.now.report(west, fix(0, -100, 50), team);
  await server.now.report(east, fix(0, 100, 50), team);
  const manager = await server.now.manager([team]);
  const room = `team:${team}`;
  await manager.subscribe(room, { viewport: [-110, -10, -90, 10] });
  const from = manager.messages.length;
  manager.send({ type: 'view', room, viewport: [90, -10, 110, 10] });
  await manager.sees(east, () => true, { from });
  await manager.waitFor((one) => one.type === 'update' && one.left?.includes(west), `${west} in left`, { from });
});

test('a viewport may cross the antimeridian', async () => {
  const team = fresh('team');
  const [fiji, samoa, greenwich] = [fresh('fiji'), fresh('samoa'), fresh('greenwich')];
  await server.now.report(fiji, fix(-17, 178, 5), team);
  await server.now.report(samoa, fix(-14, -172, 5), team);
  await server.now.report(greenwich, fix(-15, 0, 5), team);
  const manager = await server.now.manager([team]);
  const { agents } = await manager.subscribe(`team:${team}`, { viewport: [170, -20, -170, -10] });
  assert.deepEqual(agents.map(({ agent }) => agent).sort(), [fiji, samoa].sort());
});

test('min_interval_ms gathers changes: fewer updates, and the newest state', async () => {
  const team = fresh('team');
  const name = fresh('agent');
  const manager = await server.now.manager([team]);
  await manager.subscribe(`team:${team}`, { min_interval_ms: 400 });
  const arrivals = [];
  manager.ws.on('message', (data) => {
    if (JSON.parse(data).type === 'update') arrivals.push(performance.now());
  });
  const agent = await server.now.agent(name, team);
  for (let step = 1; step <= 60; ++step) await agent.request({ type: 'position', ...fix(step, 1, 100 - step) });
  await manager.sees(name, ({ lat }) => lat === 60);
  const gaps = arrivals.slice(1).map((time, index) => time - arrivals[index]);
  assert.ok(gaps.every((gap) => gap > 300), `gaps between updates: ${gaps.map(Math.round)}`);
  assert.ok(arrivals.length < 60);
});

test('an agent room shows that agent alone', async () => {
  const team = fresh('team');
  const [watched, other] = [fresh('agent'), fresh('agent')];
  await server.now.report(watched, fix(1, 1, 50), team);
  const manager = await server.now.manager([team]);
  const { agents } = await manager.subscribe(`agent:${watched}`);
  assert.deepEqual(agents.map(({ agent }) => agent), [watched]);
  await server.now.report(other, fix(3, 3, 20), team);
  await server.now.report(watched, fix(2, 2, 20), team);
  await manager.sees(watched, ({ lat }) => lat === 2);
  assert.deepEqual(manager.positionsOf(other), []);
});

test('after unsubscribe nothing comes any more, and rooms are independent', async () => {
  const team = fresh('team');
  const other = fresh('team');
  const [name, witness] = [fresh('agent'), fresh('agent')];
  const manager = await server.now.manager([team, other]);
  await manager.subscribe(`team:${team}`);
  await manager.subscribe(`team:${other}`);
  assert.equal((await manager.request({ type: 'unsubscribe', room: `team:${team}` })).type, 'ok');
  await server.now.report(name, fix(1, 1, 5), team);
  await server.now.report(witness, fix(1, 1, 5), other);
  await manager.sees(witness);
  assert.deepEqual(manager.positionsOf(name), []);
});

test('an agent that changes its team leaves the one room and enters the other', async () => {
  const [from, to] = [fresh('team'), fresh('team')];
  const name = fresh('agent');
  await server.now.report(name, fix(1, 1, 50), from);
  const manager = await server.now.manager([from, to]);
  await manager.subscribe(`team:${from}`);
  await manager.subscribe(`team:${to}`);
  await server.now.report(name, fix(2, 2, 20), to);
  await manager.waitFor((one) => one.type === 'update' && one.room === `team:${to}` && one.positions.some(({ agent }) => agent === name), 'arrival');
  await manager.waitFor((one) => one.room === `team:${from}` && one.left?.includes(name), 'departure');
});

test('a large room comes in parts, and all of it', async () => {
  const team = fresh('team');
  const gateway = server.now.token({ sub: 'bulk', role: 'gateway', team });
  const names = Array.from({ length: 1500 }, (_, index) => `${team}-${index}`);
  const answer = await server.now.post('/v1/positions', gateway, names.map((agent, index) => fix(index / 100, 1, 5, { agent })));
  assert.equal(answer.json.accepted, names.length, answer.text.slice(0, 300));
  const manager = await server.now.manager([team]);
  const snapshot = await manager.subscribe(`team:${team}`);
  assert.ok(snapshot.parts > 1, `parts: ${snapshot.parts}`);
  assert.deepEqual(new Set(snapshot.agents.map(({ agent }) => agent)), new Set(names));
  assert.equal(snapshot.agents.length, names.length);
});

test('presence goes online, silent, offline, and online again', async (t) => {
  const own = await startServer(t, { settings: { 'presence.silent_after_s': 2, 'presence.offline_after_s': 4, 'presence.parked_after_s': 3600 } });
  const manager = await own.manager();
  await manager.subscribe('team:north');
  await own.report('walker', fix(1, 1, 1));
  await manager.sees('walker');
  const is = (state, from = 0) => manager.waitFor((one) => one.type === 'presence' && one.agent === 'walker' && one.state === state, state, { from, seconds: 15 });
  const silent = await is('silent');
  assert.equal(silent.room, 'team:north');
  assert.ok(Date.parse(silent.since) > 0);
  await is('offline');
  const from = manager.messages.length;
  await own.report('walker', fix(1.001, 1, 0));
  await is('online', from);
  const { json } = await own.get('/v1/teams/north/agents', own.managerToken());
  assert.equal(json.agents.find(({ agent }) => agent === 'walker').presence, 'online');
});

test('an agent that stays at one place is parked, and moving makes it online', async (t) => {
  const own = await startServer(t, { settings: { 'presence.parked_after_s': 1, 'presence.parked_radius_m': 50 } });
  const manager = await own.manager();
  await manager.subscribe('team:north');
  let parked = false;
  const watching = manager.waitFor((one) => one.type === 'presence' && one.state === 'parked', 'parked', { seconds: 20 }).then(() => (parked = true));
  while (!parked) {
    await own.report('van', fix(1, 1, 0));
    await Promise.race([watching, manager.request({ type: 'ping' })]);
  }
  const from = manager.messages.length;
  await own.report('van', fix(1.1, 1, -1));
  await manager.waitFor((one) => one.type === 'presence' && one.agent === 'van' && one.state === 'online', 'online', { from });
});

test('a request without its fields, or beyond its limits, is answered by name', async () => {
  const manager = await server.now.manager();
  const answers = [
    [{ type: 'subscribe' }, ['bad_request']],
    [{ type: 'subscribe', room: 7 }, ['bad_request']],
    [{ type: 'subscribe', room: 'team:x', viewport: [1, 2, 3] }, ['bad_request']],
    [{ type: 'subscribe', room: 'team:x', viewport: ['a', 2, 3, 4] }, ['bad_request']],
    [{ type: 'subscribe', room: 'nowhere:x' }, ['room_unknown']],
    [{ type: 'subscribe', room: 'team:' }, ['room_unknown', 'bad_request']],
    [{ type: 'subscribe', room: `agent:${fresh('nobody')}` }, ['room_unknown']],
    [{ type: 'view', room: 'team:never-subscribed', viewport: [1, 2, 3, 4] }, ['room_unknown', 'bad_request']],
  ];
  for (const [message, codes] of answers) {
    const answer = await manager.request(message);
    assert.equal(answer.type, 'error', JSON.stringify(message));
    assert.ok(codes.includes(answer.code), `${JSON.stringify(message)}: ${answer.code}`);
    assert.equal(answer.temporary, false);
  }
});

test('one client may watch a bounded number of rooms', async () => {
  const manager = await server.now.manager();
  let answer;
  for (let index = 0; index < 101; ++index) answer = await manager.subscribe(`team:room-${index}`);
  assert.equal(answer.code, 'too_many_rooms');
  assert.equal((await manager.request({ type: 'unsubscribe', room: 'team:room-0' })).type, 'ok');
  assert.equal((await manager.subscribe('team:room-100')).type, 'snapshot');
});

test('the server speaks its subprotocol', async () => {
  const manager = await connect(server.now, server.now.managerToken());
  assert.equal(manager.ws.protocol, 'fieldcast.v1.json');
  assert.ok(Math.abs(Date.parse(manager.welcome.server_time) - Date.parse(ago(0))) < 60_000);
  assert.ok(manager.welcome.session.length > 0);
});
