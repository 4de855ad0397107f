// Starting, watching, reloading, draining, restarting.
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectRaw } from './lib/raw.mjs';
import { fix, runCommand, startServer, temporaryFolder } from './lib/server.mjs';
import { connect } from './lib/socket.mjs';
import { makeSecret } from './lib/tokens.mjs';
import { until } from './lib/waiting.mjs';

test('health, readiness, the realtime figures and the metrics can be asked', async (t) => {
  const server = await startServer(t);
  assert.equal((await server.get('/healthz')).status, 200);
  const ready = await server.get('/readyz');
  assert.equal(ready.status, 200);
  assert.match(ready.text, /store/);
  const watcher = await server.manager();
  await watcher.subscribe('team:north');
  const agent = await server.agent('a');
  await agent.request({ type: 'position', ...fix(1, 1) });
  const realtime = await server.get('/health/realtime');
  assert.equal(realtime.status, 200);
  assert.ok('status' in realtime.json && 'connections' in realtime.json && 'rooms' in realtime.json, realtime.text);
  assert.equal(await server.metric('fieldcast_connections', { kind: 'watcher' }), 1);
  assert.equal(await server.metric('fieldcast_connections', { kind: 'agent' }), 1);
  assert.equal(await server.metric('fieldcast_fixes_total', { outcome: 'accepted' }), 1);
  assert.equal(await server.metric('fieldcast_store_rows_total') >= 1, true);
  const { text, headers } = await server.get('/metrics');
  assert.match(headers['content-type'], /^text\/plain/);
  for (const line of text.split('\n').filter(Boolean)) assert.match(line, /^(# (HELP|TYPE) |)(fieldcast|process)_\w+/, line);
  await agent.close();
  await watcher.close();
  await until('gauges back at nothing', async () => (await server.metric('fieldcast_connections', { kind: 'agent' })) === 0 && (await server.metric('fieldcast_rooms')) === 0);
});

test('SIGTERM drains: goaway, 4200, everything acknowledged is there, exit 0', async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServer(t, { folder, settings: { 'server.drain_ms': 1000 } });
  const manager = await server.manager();
  await manager.subscribe('team:north');
  const agent = await server.agent('a');
  const stream = await server.events('/v1/stream?room=team:north', { token: server.managerToken() });
  const acks = Promise.allSettled(Array.from({ length: 50 }, (_, index) => agent.request({ type: 'position', ...fix(1, 1, 100 - index) })));
  await manager.sees('a');
  server.signal('SIGTERM');
  const goaway = await manager.waitFor((one) => one.type === 'goaway', 'goaway');
  assert.equal(goaway.reason, 'drain');
  assert.equal(goaway.reconnect_after_ms.length, 2);
  await assert.rejects(connectRaw(server).then((raw) => raw.response(5)), undefined, 'nobody new is taken');
  assert.equal((await manager.waitForClose()).code, 4200);
  assert.equal((await agent.waitForClose()).code, 4200);
  await stream.ended;
  assert.deepEqual(await server.waitForExit(), { code: 0, signal: null });
  const acknowledged = (await acks).filter(({ status }) => status === 'fulfilled').length;
  assert.ok(acknowledged > 0);
  const again = await startServer(t, { folder, secret: server.secret });
  const { json } = await again.get('/v1/agents/a/positions', again.managerToken());
  assert.ok(json.positions.length >= acknowledged, `${json.positions.length} of ${acknowledged}`);
});

test('SIGINT ends it as well', async (t) => {
  const server = await startServer(t);
  server.signal('SIGINT');
  assert.deepEqual(await server.waitForExit(), { code: 0, signal: null });
});

test('SIGHUP takes new keys; sessions that are there go on', async (t) => {
  const server = await startServer(t);
  const before = server.managerToken();
  const session = await connect(server, before);
  server.secret = makeSecret();
  writeFileSync(join(server.folder, 'signing.key'), server.secret);
  server.signal('SIGHUP');
  await until('new key in use', async () => (await server.get('/v1/me', server.managerToken())).status === 200);
  assert.equal((await server.get('/v1/me', before)).status, 401, 'the old key is gone, also from caches');
  assert.equal((await session.request({ type: 'ping' })).type, 'pong');
});

test('a broken reload keeps the old keys', async (t) => {
  const server = await startServer(t);
  const token = server.managerToken();
  writeFileSync(join(server.folder, 'signing.key'), 'short');
  const before = server.stderr.length;
  server.signal('SIGHUP');
  await until('word about it in the log', () => server.stderr.length > before);
  assert.equal((await server.get('/v1/me', token)).status, 200);
});

test('a restart keeps the data, and dashboards of before get the full snapshot', async (t) => {
  const folder = temporaryFolder(t);
  const first = await startServer(t, { folder });
  await first.report('a', fix(1, 2, 60), 'north', { name: 'Ada' });
  await first.report('b', fix(3, 4, 60), 'north');
  const watcher = await first.manager();
  const { cursor } = await watcher.subscribe('team:north');
  await first.stop();
  const second = await startServer(t, { folder, secret: first.secret });
  const again = await second.manager();
  const snapshot = await again.subscribe('team:north', { since: cursor });
  assert.equal(snapshot.resumed, false);
  assert.deepEqual(snapshot.agents.map(({ agent, lat, lon, name }) => [agent, lat, lon, name]).sort(), [['a', 1, 2, 'Ada'], ['b', 3, 4, undefined]]);
  assert.equal((await second.report('a', fix(1, 2, 30))).accepted, 1);
  assert.equal((await second.get('/v1/teams', second.managerToken())).json.teams[0].agents, 2);
});

test('mistakes in the configuration are all told at once, each with its place', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'fieldcast.toml');
  writeFileSync(file, '[server]\nport = "many"\nno_such_key = 1\n\n[store]\nengine = "oracle"\n');
  const { status, stderr, stdout } = runCommand(['serve', '--config', file, '--presence.silent_after_s=soon'], { env: { FIELDCAST_LOG_LEVEL: 'loud' } });
  assert.notEqual(status, 0);
  const said = stderr + stdout;
  for (const place of [/fieldcast\.toml:2/, /fieldcast\.toml:3/, /no_such_key/, /fieldcast\.toml:6/, /presence\.silent_after_s/, /FIELDCAST_LOG_LEVEL/]) assert.match(said, place);
});

test('no key, a weak key, a missing file and an occupied port each stop the start, with a reason', async (t) => {
  const folder = temporaryFolder(t);
  const weak = join(folder, 'weak.key');
  writeFileSync(weak, 'secret');
  const server = await startServer(t);
  const key = join(folder, 'good.key');
  copyFileSync(join(server.folder, 'signing.key'), key);
  const serve = (...args) => runCommand(['serve', '--server.address=127.0.0.1', '--server.port=0', `--store.sqlite_file=${join(folder, 'x.db')}`, ...args], { cwd: folder });
  const cases = [
    [serve(), /key/i],
    [serve(`--access.secret_file=${weak}`), /key|secret/i],
    [serve(`--access.secret_file=${join(folder, 'nowhere')}`), /nowhere/],
    [serve(`--access.secret_file=${key}`, `--server.port=${server.port}`), /in use|taken/i],
    [serve(`--access.secret_file=${key}`, `--store.sqlite_file=${join(key, 'all.db')}`), /good\.key/],
    [serve('--no-such-flag'), /no-such-flag/],
    [serve('--config', join(folder, 'missing.toml')), /missing\.toml/],
  ];
  for (const [{ status, stderr, stdout }, reason] of cases) {
    assert.ok(status > 0 && status < 128, `status ${status}: ${stderr}`);
    assert.match(stderr + stdout, reason);
  }
});

test('the environment is taken, and flags win over it', async (t) => {
  const server = await startServer(t, { settings: { 'server.heartbeat_s': 7 }, env: { FIELDCAST_SERVER_HEARTBEAT_S: '9', FIELDCAST_SESSION_INTERVAL_S: '11' } });
  const { welcome } = await server.manager();
  assert.equal(welcome.heartbeat_s, 7);
  assert.equal(welcome.interval_s, 11);
});

test('tokens made by the command line are taken', async (t) => {
  const folder = temporaryFolder(t);
  for (const algorithm of ['HS256', 'RS256', 'ES256', 'EdDSA']) {
    const key = join(folder, `${algorithm}.key`);
    assert.equal(runCommand(['token', 'key', '--algorithm', algorithm, '--out', key]).status, 0, algorithm);
    const made = runCommand(['token', 'make', '--key', key, '--algorithm', algorithm, '--sub', 'ana', '--role', 'manager', '--teams', '*', '--hours', '12']);
    assert.equal(made.status, 0, made.stderr);
    const token = made.stdout.trim();
    assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    const args = [];
    if (algorithm !== 'HS256') {
      const file = join(folder, `${algorithm}.toml`);
      writeFileSync(file, `[[access.keys]]\nkid = ""\nalgorithm = "${algorithm}"\npem_file = "${key}"\n`);
      args.push('--config', file);
    }
    const server = await startServer(t, { args, settings: { 'access.secret_file': algorithm === 'HS256' ? key : null } });
    assert.equal((await server.get('/v1/me', token)).json?.user, 'ana', algorithm);
  }
});

test('the simulated fleet reports, is watched, and nothing it was promised is lost', async (t) => {
  const server = await startServer(t);
  const key = join(server.folder, 'signing.key');
  const { spawn } = await import('node:child_process');
  const { binary } = await import('./lib/server.mjs');
  const fleet = spawn(binary, ['simulate', '--url', server.url, '--key', key, '--agents', '20', '--teams', '2'], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => fleet.kill('SIGKILL'));
  const manager = await server.manager();
  await until('agents of the fleet', async () => {
    const { json } = await server.get('/v1/teams', server.managerToken());
    return json.teams.reduce((sum, { agents }) => sum + agents, 0) >= 20;
  }, 30);
  const { json } = await server.get('/v1/teams', server.managerToken());
  await manager.subscribe(`team:${json.teams[0].team}`);
  await manager.waitFor((one) => one.type === 'update' && one.positions.length > 0, 'movement', { seconds: 30 });
  const ended = new Promise((resolve) => fleet.on('close', (code) => resolve(code)));
  fleet.kill('SIGTERM');
  assert.equal(await ended, 0);
});
