// What an agent says to one instance is seen on every other.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ago, fix, fresh, root } from '../lib/server.mjs';
import { connect, open } from '../lib/socket.mjs';
import { factor, until } from '../lib/waiting.mjs';
import { freePort, sharedCluster } from './lib/cluster.mjs';
import { Dashboard } from './lib/fleet.mjs';

const silentAfter = 3 * factor;
const cluster = sharedCluster({ before, after }, { settings: { 'presence.silent_after_s': silentAfter } });

test('a position reported to one instance reaches watchers on every instance, once and in order', async () => {
  const team = fresh('team');
  const watchers = await Promise.all(cluster.now.instances.map((instance) => instance.manager()));
  for (const watcher of watchers) await watcher.subscribe(`team:${team}`);
  const agent = await cluster.now.instances[0].agent('walker', team);
  const times = [];
  for (let step = 1; step <= 20; ++step) {
    const one = fix(step, 1, 30 - step);
    times.push(one.recorded_at);
    assert.equal((await agent.request({ type: 'position', ...one })).type, 'ack');
  }
  for (const watcher of watchers) {
    await watcher.sees('walker', ({ lat }) => lat === 20);
    const seen = watcher.positionsOf('walker').map(({ recorded_at }) => recorded_at);
    assert.deepEqual(seen, [...new Set(seen)].sort(), 'each at most once, forward only');
    assert.ok(seen.every((time) => times.includes(time)));
    await watcher.close();
  }
  await agent.close();
});

test('through nginx likewise, wherever it puts each', async () => {
  const team = fresh('team');
  const watchers = await Promise.all(Array.from({ length: 6 }, () => cluster.now.proxy.manager()));
  for (const watcher of watchers) await watcher.subscribe(`team:${team}`);
  for (let number = 1; number <= 6; ++number) await cluster.now.proxy.report(`rider-${number}`, fix(number, 2), team);
  for (const watcher of watchers) {
    for (let number = 1; number <= 6; ++number) await watcher.sees(`rider-${number}`, ({ lat }) => lat === number);
    await watcher.close();
  }
  const counts = await Promise.all(cluster.now.instances.map((instance) => instance.metric('fieldcast_upgrades_total')));
  assert.ok(counts.every((count) => count > 0), `nginx spread them: ${counts}`);
});

test('the first watcher of a team on an instance gets what was reported on others before', async () => {
  const team = fresh('team');
  await cluster.now.instances[0].report('a', fix(1, 1, 60), team);
  await cluster.now.instances[1].report('b', fix(2, 2, 60), team, { name: 'Bo' });
  await cluster.now.instances[1].report('a', fix(3, 3, 30), team);
  const watcher = await cluster.now.instances[2].manager();
  const { agents } = await watcher.subscribe(`team:${team}`);
  assert.deepEqual(agents.map(({ agent, lat, name }) => [agent, lat, name]).sort(), [['a', 3, undefined], ['b', 2, 'Bo']]);
  await watcher.close();
});

test('a room that nobody watches any more is up to date when somebody comes back', async () => {
  const team = fresh('team');
  const [first, second] = cluster.now.instances;
  await first.report('a', fix(1, 1, 60), team);
  const early = await second.manager();
  await early.subscribe(`team:${team}`);
  await early.close();
  await until('nobody in the room', async () => (await second.metric('fieldcast_connections', { kind: 'watcher' })) === 0);
  await first.report('a', fix(2, 1, 40), team);
  await first.report('new', fix(5, 1, 40), team);
  const late = await second.manager();
  const { agents } = await late.subscribe(`team:${team}`);
  assert.deepEqual(agents.map(({ agent, lat }) => [agent, lat]).sort(), [['a', 2], ['new', 5]]);
  await late.close();
});

test('lists, nearby and history on another instance know the newest', async () => {
  const team = fresh('team');
  const [first, second, third] = cluster.now.instances;
  await second.get(`/v1/teams/${team}/agents`, second.managerToken()); // it has looked before
  await first.report('a', [fix(10, 10, 60), fix(10.001, 10, 50)], team);
  await until('the newest in the list', async () => {
    const { json } = await second.get(`/v1/teams/${team}/agents`, second.managerToken());
    return json.agents?.[0]?.lat === 10.001 && json.agents[0].presence === 'online';
  });
  await first.report('a', fix(10.5, 10, 20), team);
  await first.report('far', fix(-40, 10, 20), team);
  const near = await until('the newest nearby', async () => {
    const { json } = await third.get(`/v1/nearby?lat=10.5&lon=10&radius_m=1000&team=${team}`, third.managerToken());
    return json.agents?.length && json.agents;
  });
  assert.deepEqual(near.map(({ agent }) => agent), ['a']);
  const { json } = await third.get('/v1/agents/a/positions', third.managerToken());
  assert.deepEqual(json.positions.filter(({ lat }) => lat >= 10).map(({ lat }) => lat).slice(-3), [10, 10.001, 10.5]);
});

test('the same fix sent to two instances is stored once', async () => {
  const [first, second] = cluster.now.instances;
  const agent = fresh('agent');
  const fixes = Array.from({ length: 200 }, (_, index) => fix(1, 1, 1000 - index));
  const answers = await Promise.all([first.report(agent, fixes), second.report(agent, fixes)]);
  assert.equal(answers[0].accepted + answers[1].accepted, 200, JSON.stringify(answers));
  assert.equal(answers[0].duplicates + answers[1].duplicates, 200);
  const { json } = await first.get(`/v1/agents/${agent}/positions?limit=1000`, first.managerToken());
  assert.equal(json.positions.length, 200);
});

test('an agent that moves from one instance to the next is never silent; and then is, everywhere', async (t) => {
  const team = fresh('team');
  const dashboards = cluster.now.instances.map((instance) => new Dashboard(t, instance, `team:${team}`));
  await until('three snapshots', () => dashboards.every(({ snapshots }) => snapshots));
  const ends = Date.now() + 3 * silentAfter * 1000;
  for (let turn = 0; Date.now() < ends; ++turn) {
    const agent = await cluster.now.instances[turn % 3].agent('mover', team);
    // A third of the time that makes one silent, at each instance: none hears of it itself in time.
    for (let step = 0; step < 4; ++step) {
      assert.equal((await agent.request({ type: 'position', ...fix(turn + 1, step) })).type, 'ack');
      await delay(silentAfter * 100);
    }
    await agent.close();
  }
  for (const dashboard of dashboards) {
    const states = dashboard.presence.filter(([name]) => name === 'mover').map(([, state]) => state);
    assert.ok(states.length <= 1 && states.every((state) => state === 'online'), `flapped: ${states}`);
  }
  await until('silence on every instance', () => dashboards.every(({ presence }) => presence.some(([name, state]) => name === 'mover' && state === 'silent')), 4 * silentAfter);
  for (const dashboard of dashboards) await dashboard.stop();
});

test('the same device on two instances: the older connection is closed with 4008, again and again', async () => {
  const [first, second, third] = cluster.now.instances;
  const name = fresh('device');
  let older = await first.agent(name);
  for (const instance of [second, third, first, second]) {
    const newer = await instance.agent(name);
    assert.equal((await older.waitForClose()).code, 4008);
    assert.equal((await newer.request({ type: 'position', ...fix(1, 1) })).type, 'ack');
    older = newer;
  }
  assert.equal((await older.request({ type: 'ping' })).type, 'pong', 'the newest stays');
  await older.close();
});

test('a device that connects to all instances at once keeps one connection', async () => {
  const name = fresh('device');
  const all = await Promise.all(cluster.now.instances.map((instance) => instance.agent(name)));
  await until('one that is left', () => all.filter(({ closeCode }) => closeCode === undefined).length <= 1);
  const left = all.filter(({ closeCode }) => closeCode === undefined);
  assert.equal(left.length, 1, 'not all were closed');
  assert.equal((await left[0].request({ type: 'position', ...fix(1, 1) })).type, 'ack');
  await left[0].close();
});

/** Whether a ticket lets one in; if not, the upgrade is refused with 401 or the socket closed with 4001. */
async function welcomed(instance, ticket) {
  const client = await open(instance, { ticket }).catch(({ status }) => assert.equal(status, 401));
  if (!client) return false;
  const first = await Promise.race([client.closed, client.waitFor((one) => one.type === 'welcome', 'welcome').catch(() => client.closed)]);
  if (first.code !== undefined) assert.equal(first.code, 4001);
  return first.type === 'welcome';
}

test('a ticket made on one instance is good on any, once', async () => {
  const [first, second, third] = cluster.now.instances;
  const ticket = async () => (await first.post('/v1/tickets', first.managerToken(), {})).json.ticket;
  const one = await ticket();
  const client = await connect(second, undefined, { ticket: one });
  assert.equal(client.welcome.user, 'boss');
  for (const instance of [first, second, third]) assert.equal(await welcomed(instance, one), false);
  const raced = await ticket();
  const tries = await Promise.all(cluster.now.instances.map((instance) => welcomed(instance, raced)));
  assert.equal(tries.filter(Boolean).length, 1, 'one of three at the same time');
  const streamed = await ticket();
  assert.equal((await second.get(`/v1/poll?room=team:x&ticket=${streamed}`)).status, 200);
  assert.equal((await third.get(`/v1/poll?room=team:x&ticket=${streamed}`)).status, 401);
  await client.close();
});

test('a resume on another instance ends with the same picture', async () => {
  const team = fresh('team');
  const [first, second] = cluster.now.instances;
  await first.report('a', fix(1, 1, 60), team);
  const here = await first.manager();
  const { cursor } = await here.subscribe(`team:${team}`);
  await here.close();
  await first.report('a', fix(2, 1, 30), team);
  await first.report('b', fix(3, 1, 30), team);
  const there = await second.manager();
  const snapshot = await there.subscribe(`team:${team}`, { since: cursor });
  assert.deepEqual(snapshot.agents.map(({ agent, lat }) => [agent, lat]).sort(), [['a', 2], ['b', 3]]);
  await there.close();
});

test('an agent that moves to another team leaves the old room on every instance', async () => {
  const [old, fresher] = [fresh('team'), fresh('team')];
  const name = fresh('agent');
  const [first, second, third] = cluster.now.instances;
  await first.report(name, fix(1, 1, 60), old);
  const watcher = await third.manager();
  assert.equal((await watcher.subscribe(`team:${old}`)).agents.length, 1);
  await second.report(name, fix(2, 1, 30), fresher);
  await watcher.waitFor((one) => one.type === 'update' && one.left?.includes(name), 'the agent leaving');
  const { agents } = await watcher.subscribe(`team:${fresher}`);
  assert.deepEqual(agents.map(({ agent, lat }) => [agent, lat]), [[name, 2]]);
  await watcher.close();
});

test('nothing crosses organisations between instances', async () => {
  const team = fresh('team');
  const [first, second] = cluster.now.instances;
  const stranger = await second.manager('*', { org: 'other' });
  await stranger.subscribe(`team:${team}`);
  const ours = await second.manager();
  await ours.subscribe(`team:${team}`);
  await first.report('a', fix(1, 1), team);
  await ours.sees('a');
  assert.equal((await stranger.request({ type: 'ping' })).type, 'pong');
  assert.deepEqual(stranger.positionsOf('a'), []);
  assert.deepEqual((await second.get(`/v1/teams/${team}/agents`, second.managerToken('*', { org: 'other' }))).json.agents ?? [], []);
  for (const client of [stranger, ours]) await client.close();
});

test('HAProxy serves as well as nginx', async (t) => {
  const [first, second] = cluster.now.instances;
  const port = await freePort();
  const haproxy = spawn('haproxy', ['-db', '-f', join(root, 'deploy/haproxy.cfg')], {
    env: { PATH: `${process.env.PATH}:/usr/sbin`, FIELDCAST_BIND: `127.0.0.1:${port}`, FIELDCAST_1: first.url.slice(7), FIELDCAST_2: second.url.slice(7) },
    stdio: 'ignore',
  });
  t.after(() => haproxy.kill('SIGKILL'));
  const proxy = Object.assign(Object.create(Object.getPrototypeOf(first)), first, { url: `http://127.0.0.1:${port}`, clients: new Set() });
  const team = fresh('team');
  await until('HAProxy', async () => (await proxy.get('/readyz')).status === 200);
  const watchers = [await proxy.manager(), await proxy.manager()];
  for (const watcher of watchers) await watcher.subscribe(`team:${team}`);
  await proxy.report('a', fix(1, 2), team);
  for (const watcher of watchers) await watcher.sees('a', ({ lat }) => lat === 1);
  const stream = await proxy.events(`/v1/stream?room=team:${team}`, { token: proxy.managerToken() });
  await proxy.report('a', { lat: 3, lon: 2, recorded_at: ago(0) }, team);
  await stream.waitFor((one) => one.type === 'update' && one.positions.some(({ lat }) => lat === 3), 'update on the stream');
  assert.equal((await proxy.get('/metrics')).status, 404);
  stream.close();
});
