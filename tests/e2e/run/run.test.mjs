// ./run as a newcomer starts it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { request } from '../lib/http.mjs';
import { environment, root } from '../lib/server.mjs';
import { connect } from '../lib/socket.mjs';
import { until, within } from '../lib/waiting.mjs';

async function freePort() {
  const listener = net.createServer();
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

function start(t, { port, data, args = [] }) {
  // A process group of its own: signals go to the group, as Ctrl-C does.
  const child = spawn(join(root, 'run'), args, { env: { ...environment, PORT: String(port), FIELDCAST_DATA: data, FIELDCAST_AGENTS: '30' }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const run = { child, said: '' };
  child.stdout.on('data', (chunk) => (run.said += chunk));
  child.stderr.on('data', (chunk) => (run.said += chunk));
  run.ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  t.after(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGTERM');
  });
  run.page = async () => {
    await until('address of the map', () => /#token=\S+/.test(run.said) || child.exitCode !== null, 900);
    const match = /(http:\/\/\S+)\/#token=(\S+)/.exec(run.said);
    assert.ok(match, run.said);
    return { url: match[1], token: match[2] };
  };
  run.signal = (name) => process.kill(-child.pid, name);
  return run;
}

const gone = async (url) => request(url, 'GET', '/healthz').then(() => false, () => true);

test('./run serves a live map with a sign-in that works, Ctrl-C ends all of it, and the data stay', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'fieldcast-run-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const port = await freePort();
  const first = start(t, { port, data });
  const { url, token } = await first.page();
  assert.equal(url, `http://127.0.0.1:${port}`);
  const page = await request(url, 'GET', '/');
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
  const me = await request(url, 'GET', '/v1/me', { token });
  assert.equal(me.json.role, 'manager');
  const agents = async (address, bearer) => (await request(address, 'GET', '/v1/teams', { token: bearer })).json.teams;
  await until('a fleet in three teams', async () => {
    const teams = await agents(url, token);
    return teams.length === 3 && teams.reduce((sum, one) => sum + one.agents, 0) === 30;
  }, 60);
  const watcher = await connect({ url, clients: new Set() }, token);
  const [{ team }] = await agents(url, token);
  await watcher.subscribe(`team:${team}`);
  await watcher.waitFor((one) => one.type === 'update', 'movement', { seconds: 60 });
  assert.ok(existsSync(join(data, 'fieldcast.db')));
  assert.equal(statSync(join(data, 'signing.key')).mode & 0o077, 0, 'the key is for its owner only');
  const key = readFileSync(join(data, 'signing.key'), 'utf8');
  first.signal('SIGINT');
  assert.deepEqual(await within(first.ended, 'end of ./run', 60), { code: 0, signal: null }, first.said);
  assert.ok(await gone(url));

  const started = performance.now();
  const second = start(t, { port, data, args: ['--exit-after', '3'] });
  const again = await second.page();
  assert.ok(performance.now() - started < 30_000, 'a second start takes seconds');
  assert.equal(readFileSync(join(data, 'signing.key'), 'utf8'), key);
  assert.equal((await agents(again.url, token)).reduce((sum, one) => sum + one.agents, 0), 30, "yesterday's agents and token");
  assert.deepEqual(await within(second.ended, 'end by itself', 60), { code: 0, signal: null }, second.said);
  assert.ok(await gone(url));
});

test('./run says when the port is taken', async (t) => {
  const listener = net.createServer();
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.after(() => listener.close());
  const data = mkdtempSync(join(tmpdir(), 'fieldcast-run-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const run = start(t, { port: listener.address().port, data });
  const { code } = await within(run.ended, 'end of ./run', 60);
  assert.equal(code, 1);
  assert.match(run.said, /Port \d+ is taken/);
});

test('./run refuses options that it does not know', async (t) => {
  const run = start(t, { port: 1, data: 'unused', args: ['--fast'] });
  const { code } = await within(run.ended, 'end of ./run', 60);
  assert.equal(code, 2);
  assert.match(run.said, /usage/);
});
