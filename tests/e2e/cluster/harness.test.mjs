// scripts/cluster itself, and nginx as deploy/nginx.conf has it, with one instance on SQLite.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { binary, environment, fix, root } from '../lib/server.mjs';
import { open, refusal } from '../lib/socket.mjs';
import { until } from '../lib/waiting.mjs';
import { Cluster, runProgram, sharedCluster } from './lib/cluster.mjs';

const cluster = sharedCluster({ before, after }, { instances: 1, bare: true });

/** Alive, and not merely uncollected. */
function lives(pid) {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('status tells every process, and fails when one is gone', async () => {
  assert.match(await cluster.now.run('status'), /nginx .* up/);
  await cluster.now.run('kill', '1');
  const { status, stdout } = await runProgram(join(root, 'scripts/cluster'), ['status', '--dir', cluster.now.folder]);
  assert.equal(status, 1);
  assert.match(stdout, /^1 .*down/m);
  await cluster.now.run('start', '1');
  await cluster.now.run('status');
});

test('nginx passes on WebSockets, reports, streams and long polls', async () => {
  const { proxy } = cluster.now;
  const stream = await proxy.events('/v1/stream?room=team:north', { token: proxy.managerToken() });
  const watcher = await proxy.manager();
  await watcher.subscribe('team:north');
  const { json } = await proxy.get('/v1/poll?room=team:north', proxy.managerToken());
  const poll = proxy.get(`/v1/poll?room=team:north&cursor=${encodeURIComponent(json.cursor)}&wait_s=20`, proxy.managerToken());
  await proxy.report('a', fix(1, 2));
  await watcher.sees('a', ({ lat }) => lat === 1);
  await stream.waitFor((one) => one.type === 'update', 'update on the stream');
  assert.equal((await poll).status, 200);
  stream.close();
});

test('nginx takes a body of 8 MiB and refuses a larger one', async () => {
  const { proxy } = cluster.now;
  const padded = (bytes) => Buffer.concat([Buffer.from(JSON.stringify([fix(1, 2, 5)])), Buffer.alloc(bytes, ' ')]);
  const headers = { 'content-type': 'application/json' };
  assert.equal((await proxy.post('/v1/positions', proxy.agentToken('big'), padded(8_000_000), headers)).status, 200);
  const refused = await proxy.post('/v1/positions', proxy.agentToken('big'), padded(9_000_000), headers).catch(({ code }) => ({ status: code }));
  assert.ok([413, 'EPIPE', 'ECONNRESET'].includes(refused.status), String(refused.status));
});

test('what is for operators does not pass nginx', async () => {
  const { proxy, instances } = cluster.now;
  assert.equal((await proxy.get('/metrics')).status, 404);
  assert.equal((await proxy.get('/health/realtime')).status, 404);
  assert.equal((await instances[0].get('/metrics')).status, 200);
  assert.equal((await proxy.get('/readyz')).status, 200);
});

test('a refused upgrade comes through with its reason', async () => {
  const { status, json } = await refusal(cluster.now.proxy, { token: 'nonsense' });
  assert.deepEqual([status, json.code], [401, 'unauthenticated']);
});

test('every metric that the dashboard, the alerts and the autoscaler name is there', async () => {
  const { text } = await cluster.now.instances[0].get('/metrics');
  const known = new Set([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name, type]) => (type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name])));
  const dashboard = JSON.parse(readFileSync(join(root, 'deploy/grafana/dashboards/fieldcast.json'), 'utf8'));
  const asked = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n') + [...readFileSync(join(root, 'deploy/prometheus/alerts.yml'), 'utf8').matchAll(/^ *expr: (.*)$/gm)].map(([, expr]) => `\n${expr}`).join('') + readFileSync(join(root, 'deploy/kubernetes/scaling.yaml'), 'utf8');
  const named = new Set(asked.match(/\b(fieldcast|process)_\w+/g));
  assert.ok(named.size > 25, `${named.size}`);
  assert.deepEqual([...named].filter((name) => !known.has(name)), []);
});

test('every setting that the files under deploy name in the environment is one', async () => {
  const { stdout } = await runProgram(binary, ['config', 'keys']);
  const keys = new Set([...stdout.matchAll(/\b[a-z]+(?:\.[a-z_]+)+\b/g)].map(([key]) => `FIELDCAST_${key.replaceAll('.', '_').toUpperCase()}`));
  assert.ok(keys.has('FIELDCAST_SERVER_PORT'), stdout.slice(0, 500));
  for (const file of ['docker-compose.yml', 'deploy/compose.single.yml', 'Dockerfile', 'deploy/kubernetes/config.yaml', 'deploy/systemd/fieldcast.service']) {
    const named = readFileSync(join(root, file), 'utf8').match(/^\s*(?:ENV |Environment=)?(FIELDCAST_\w+)(?=[:=])/gm) ?? [];
    assert.deepEqual(named.map((name) => name.replace(/^\s*(ENV |Environment=)?/, '')).filter((name) => !keys.has(name)), [], file);
  }
});

test('a restart drains: sockets are told and closed with 4200', async () => {
  const watcher = await cluster.now.proxy.manager();
  await cluster.now.run('restart', 'all');
  assert.equal((await watcher.waitForClose()).code, 4200);
  await open(cluster.now.proxy, { token: cluster.now.proxy.managerToken() });
});

test('down ends everything it started, and up can begin anew', async (t) => {
  const second = await new Cluster({ instances: 1, bare: true }).up();
  t.after(() => second.down());
  const pids = Object.values(second.pids());
  assert.ok(pids.length >= 3 && pids.every(lives), JSON.stringify(second.pids()));
  await second.run('down');
  assert.deepEqual(pids.filter(lives), []);
  await second.up();
  assert.equal((await second.proxy.get('/readyz')).status, 200);
  assert.equal(cluster.now.instances.length, 1);
  assert.equal((await cluster.now.proxy.get('/readyz')).status, 200, 'the other cluster is untouched');
});

test('all of it ends with the process that it was tied to', async (t) => {
  const owner = spawn('sleep', ['600']);
  t.after(() => owner.kill('SIGKILL'));
  const tied = new Cluster({ instances: 1, bare: true });
  tied.upArguments[tied.upArguments.indexOf('--while') + 1] = String(owner.pid);
  await tied.up();
  const pids = Object.values(tied.pids());
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await until('end of the cluster', () => !pids.some(lives) && !existsSync(tied.folder), 20);
});

test('an up that is interrupted leaves nothing', async (t) => {
  const third = new Cluster({ instances: 1, bare: true });
  t.after(() => third.down());
  const up = spawn(join(root, 'scripts/cluster'), third.upArguments, { env: { ...environment, FIELDCAST_BIN: binary }, stdio: 'ignore' });
  const ended = once(up, 'exit');
  await until('a process of it', () => third.pids()['1']);
  const pids = Object.values(third.pids());
  up.kill('SIGTERM');
  await ended;
  assert.deepEqual(pids.filter(lives), []);
});
