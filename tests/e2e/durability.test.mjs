// No acknowledgement without a commit; and the live way goes on while the store is away.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fix, startServer, temporaryFolder } from './lib/server.mjs';
import { until, within } from './lib/waiting.mjs';

test('kill -9 under load loses no acknowledged fix', async (t) => {
  const folder = temporaryFolder(t);
  let secret;
  const acknowledged = new Map(); // agent → times
  for (let round = 0; round < 3; ++round) {
    const server = await startServer(t, { folder, ...(secret ? { secret } : {}) });
    secret = server.secret;
    let killed = false;
    const phones = Array.from({ length: 6 }, async (_, number) => {
      const name = `agent-${number}`;
      const times = acknowledged.get(name) ?? [];
      acknowledged.set(name, times);
      const agent = await server.agent(name);
      for (let batch = 0; !killed; ++batch) {
        const start = Date.now() - 3_600_000 * (3 - round) + batch * 20_000;
        const positions = Array.from({ length: 20 }, (_, index) => ({ lat: 1, lon: 1, recorded_at: new Date(start + index * 1000).toISOString() }));
        const ack = await agent.request({ type: 'positions', positions }).catch(() => null);
        if (!ack) return;
        if (ack.type === 'ack') times.push(...positions.map(({ recorded_at }) => recorded_at));
      }
    });
    const goal = 1500 * (round + 1);
    await until('load', () => [...acknowledged.values()].reduce((sum, { length }) => sum + length, 0) >= goal, 60);
    killed = true;
    await server.kill();
    await Promise.all(phones);
  }
  const server = await startServer(t, { folder, secret });
  for (const [name, times] of acknowledged) {
    const { text } = await server.get(`/v1/agents/${name}/positions?format=csv&limit=1000000`, server.managerToken());
    const lost = times.filter((time) => !text.includes(time));
    assert.deepEqual(lost, [], `${name}: ${lost.length} of ${times.length} acknowledged fixes are lost`);
  }
});

/** Holds the database's write lock from outside until release(). */
async function lockDatabase(t, file) {
  const shell = spawn('sqlite3', ['-batch', file], { stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => shell.kill('SIGKILL'));
  let said = '';
  shell.stdout.on('data', (chunk) => (said += chunk));
  shell.stderr.on('data', (chunk) => (said += chunk));
  // Another writer may be in the middle of its commit: wait for it.
  shell.stdin.write(".timeout 20000\nBEGIN IMMEDIATE;\nSELECT 'locked';\n");
  await until('lock', () => /locked/.test(said));
  assert.doesNotMatch(said, /error/i);
  return {
    async release() {
      shell.stdin.end('ROLLBACK;\n.quit\n');
      await within(once(shell, 'close'), 'end of sqlite3');
    },
  };
}

test('while the store cannot commit nothing is acknowledged, the live way goes on, and then all recovers', async (t) => {
  const server = await startServer(t, { settings: { 'store.sqlite_busy_ms': 200 } });
  const agent = await server.agent('a');
  await agent.request({ type: 'position', ...fix(1, 1, 100) });
  const manager = await server.manager();
  await manager.subscribe('team:north');
  const lock = await lockDatabase(t, join(server.folder, 'fieldcast.db'));

  const refused = await agent.request({ type: 'position', ...fix(2, 1, 90) }, 30);
  assert.deepEqual([refused.type, refused.code, refused.temporary], ['error', 'store_unavailable', true]);
  assert.ok(refused.retry_after_s >= 1);
  assert.equal((await manager.sees('a', ({ lat }) => lat === 2)).lat, 2, 'the live way does not wait');
  const http = await server.post('/v1/positions', server.agentToken('b'), [fix(3, 1, 80)]);
  assert.deepEqual([http.status, http.json.code], [503, 'store_unavailable']);
  assert.ok(Number(http.headers['retry-after']) >= 1);
  await manager.sees('b', ({ lat }) => lat === 3);
  // Its live way works, so it stays in service, and says what does not.
  const ready = await server.get('/readyz');
  assert.deepEqual([ready.status, ready.json.components.store.state], [200, 'failing']);
  assert.equal((await server.get('/health/realtime')).json.status, 'degraded');
  assert.equal(await server.metric('fieldcast_store_ok'), 0);
  assert.equal((await server.get('/healthz')).status, 200);
  assert.ok((await server.metric('fieldcast_store_failures_total')) > 0);
  const subscribed = await (await server.manager()).subscribe('team:north');
  assert.equal(subscribed.type, 'snapshot', 'dashboards can come while it is away');

  await lock.release();
  const ack = await until('recovery', async () => {
    const answer = await agent.request({ type: 'position', ...fix(2, 1, 85) });
    return answer.type === 'ack' && answer;
  }, 30);
  assert.equal(ack.accepted, 1);
  await until('health', async () => (await server.get('/health/realtime')).json.status === 'ok');
  const { json } = await server.get('/v1/agents/a/positions', server.managerToken());
  assert.ok(json.positions.some(({ lat }) => lat === 1));
});

test('a batch that was refused can be sent again, whole, without duplicates', async (t) => {
  const server = await startServer(t, { settings: { 'store.sqlite_busy_ms': 100 } });
  const agent = await server.agent('a');
  await agent.request({ type: 'position', ...fix(1, 1, 200) });
  const lock = await lockDatabase(t, join(server.folder, 'fieldcast.db'));
  const positions = [fix(2, 1, 100), fix(99, 1, 90), fix(3, 1, 80)];
  assert.equal((await agent.request({ type: 'positions', positions }, 30)).code, 'store_unavailable');
  await lock.release();
  const ack = await until('acknowledgement', async () => {
    const answer = await agent.request({ type: 'positions', positions });
    return answer.type === 'ack' && answer;
  }, 30);
  assert.deepEqual([ack.accepted, ack.duplicates, ack.quarantined], [2, 0, [{ index: 1, code: 'latitude_out_of_range' }]]);
  const quarantine = await server.get('/v1/quarantine?team=north&agent=a', server.managerToken());
  assert.equal(quarantine.json.records.length, 1);
});
