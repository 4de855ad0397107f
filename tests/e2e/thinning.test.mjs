// Teams whose history takes significant moves only.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fix, runCommand, startServer, temporaryFolder } from './lib/server.mjs';

const retention = (folder, ...args) => runCommand(['retention', ...args, `--store.sqlite_file=${join(folder, 'fieldcast.db')}`]);
const done = (folder, ...args) => {
  const { status, stdout, stderr } = retention(folder, ...args);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};
const team = ['--org', 'default', '--team', 'couriers'];

test('a dashboard sees every fix of a thinned team, and history has the moves', async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServer(t, { folder });
  done(folder, 'set', ...team, '--thin', 'distance=25,after=300');
  const manager = await server.manager(['couriers']);
  await manager.subscribe('team:couriers');
  const agent = await server.agent('ana', 'couriers');
  const lats = [];
  for (let i = 0; i < 12; ++i) {
    const lat = Number((48 + i * 0.0001).toFixed(4)); // 11 m a step
    lats.push(lat);
    const ack = await agent.request({ type: 'position', ...fix(lat, 11, 60 - i) });
    assert.equal(ack.accepted, 1);
    await manager.sees('ana', (position) => position.lat === lat);
  }
  assert.deepEqual(manager.positionsOf('ana').map(({ lat }) => lat), lats);

  await server.report('ben', lats.map((lat, i) => fix(lat, 11, 60 - i)), 'walkers');
  const stored = async (name) =>
    (await server.get(`/v1/agents/${name}/positions`, server.managerToken())).json.positions.map(({ lat }) => lat);
  assert.deepEqual(await stored('ana'), [0, 3, 6, 9].map((i) => lats[i]));
  assert.deepEqual(await stored('ben'), lats);
  assert.equal(await server.metric('fieldcast_fixes_thinned_total'), 8);
  assert.equal(await server.metric('fieldcast_fixes_total', { outcome: 'accepted' }), 24);

  await server.stop();
  const next = await startServer(t, { folder, secret: server.secret });
  const snapshot = await (await next.manager(['couriers'])).subscribe('team:couriers');
  assert.equal(snapshot.agents[0].lat, lats.at(-1), 'the last known position is the last that came');
});

test('what is imported is not thinned', async (t) => {
  const folder = temporaryFolder(t);
  done(folder, 'set', ...team, '--thin', 'after=3600');
  const track = join(folder, 'track.csv');
  writeFileSync(track, `time,lat,lon\n${[1, 2, 3].map((i) => `2026-01-01T00:00:0${i}Z,48,11\n`).join('')}`);
  const imported = runCommand(['import', '--agent', 'cy', '--team', 'couriers', track, `--store.sqlite_file=${join(folder, 'fieldcast.db')}`]);
  assert.match(imported.stdout, /3 taken/, imported.stdout + imported.stderr);
  const server = await startServer(t, { folder });
  const { json } = await server.get('/v1/agents/cy/positions', server.managerToken());
  assert.equal(json.positions.length, 3);
});

test('the rule is shown, taken back, and refused when it says nothing sensible', (t) => {
  const folder = temporaryFolder(t);
  done(folder, 'set', ...team, '--positions-days', '7', '--thin', 'distance=25,heading=30,after=300');
  assert.match(done(folder, 'list'), /default\/couriers: .*7 days {2}thin distance=25,heading=30,after=300\n/);
  done(folder, 'set', ...team, '--thin', 'off');
  assert.match(done(folder, 'list'), /default\/couriers: .*7 days {2}thin off\n/);
  done(folder, 'set', ...team, '--thin', 'inherit');
  assert.match(done(folder, 'list'), /default\/couriers: .*7 days\n/);
  done(folder, 'set', ...team, '--thin', 'after=1');
  done(folder, 'set', ...team, '--clear');
  assert.doesNotMatch(done(folder, 'list'), /couriers/);
  for (const [given, complaint] of [
    ['distance=25', /after=SECONDS is missing/],
    ['distance=0,after=300', /metres/],
    ['distance=nan,after=300', /metres/],
    ['distance=25m,after=300', /metres/],
    ['heading=181,after=300', /degrees/],
    ['after=0', /seconds/],
    ['after=86401', /seconds/],
    ['after=1.5', /seconds/],
    ['speed=3,after=300', /expected/],
    ['after=300,', /expected/],
    ['on', /expected/],
  ]) {
    const { status, stdout, stderr } = retention(folder, 'set', ...team, '--thin', given);
    assert.notEqual(status, 0, given);
    assert.match(stdout + stderr, complaint, given);
  }
  assert.doesNotMatch(done(folder, 'list'), /couriers/);
  assert.match(retention(folder, 'set', '--help').stdout, /--thin.*distance=METRES/s);
});
