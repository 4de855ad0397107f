// Days that age on PostgreSQL under several instances: one keeps house, late fixes land, what is past its time goes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { binary, fix, fresh } from '../lib/server.mjs';
import { until } from '../lib/waiting.mjs';
import { runProgram, sharedCluster } from './lib/cluster.mjs';

const day = 86_400;
const cluster = sharedCluster({ before, after }, { instances: 2, settings: { 'retention.close_after_h': 0, 'ingest.retention_h': 2400 } });
const total = async (name, labels) => {
  const values = await Promise.all(cluster.now.instances.map((instance) => instance.metric(name, labels).catch(() => 0)));
  return values.reduce((sum, value) => sum + value, 0);
};
const history = async (agent) => {
  const { json, text } = await cluster.now.instances[0].get(`/v1/agents/${agent}/positions`, cluster.now.instances[0].managerToken());
  assert.ok(json.positions, text);
  return json.positions.map(({ lat }) => lat).sort((a, b) => a - b);
};
const retention = async (...args) => {
  const { DATABASE_URL } = cluster.now.env;
  const { status, stdout, stderr } = await runProgram(binary, ['retention', ...args, '--ingest.retention_h=2400'], { env: { DATABASE_URL } });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};

test('a day that is over is put in order by one instance, and late fixes land in it', async () => {
  const agents = Array.from({ length: 20 }, () => fresh('closing'));
  const fixes = [0, 1, 2].map((minute) => fix(minute, 1, 3 * day + 60 * minute));
  for (const agent of agents) await cluster.now.proxy.report(agent, fixes);
  await cluster.now.run('restart', 'all');
  await until('a closed day', async () => (await total('fieldcast_ageing_days_total', { done: 'closed' })) >= 1, 60);
  assert.equal(await total('fieldcast_ageing_turn'), 1);
  await cluster.now.proxy.report(agents[0], fix(3, 1, 3 * day - 60));
  for (const agent of agents) assert.deepEqual(await history(agent), agent === agents[0] ? [0, 1, 2, 3] : [0, 1, 2]);
  assert.equal((await cluster.now.proxy.report(agents[1], fixes)).duplicates, 3, 'it still knows what it had');
});

test('what is older than is kept goes with its day, what a team keeps longer stays', async () => {
  const [kept, gone] = [fresh('kept'), fresh('gone')];
  await cluster.now.proxy.report(kept, [fix(1, 1, 0), fix(2, 2, 40 * day), fix(3, 3, 50 * day)], 'archivists');
  await cluster.now.proxy.report(gone, [fix(1, 1, 0), fix(2, 2, 40 * day), fix(4, 4, 60 * day)], 'couriers');
  await retention('set', '--org', 'default', '--team', 'archivists', '--positions-days', '0');
  const plan = await retention('plan');
  assert.match(plan, /cut 1 rows/);
  for (const instance of ['1', '2']) await cluster.now.run('stop', instance); // they have the turn otherwise
  assert.match(await retention('run'), /positions removed: 2/);
  for (const instance of ['1', '2']) await cluster.now.run('start', instance);
  assert.deepEqual(await history(kept), [1, 2, 3]);
  assert.deepEqual(await history(gone), [1]);
});

test('when the instance that keeps house goes, another does', async () => {
  await until('one that has the turn', async () => (await total('fieldcast_ageing_turn')) === 1, 60);
  const turns = await Promise.all(cluster.now.instances.map((instance) => instance.metric('fieldcast_ageing_turn')));
  const holder = turns.indexOf(1);
  await cluster.now.run('kill', String(holder + 1));
  await until('another that has it', async () => (await cluster.now.instances[1 - holder].metric('fieldcast_ageing_turn')) === 1, 60);
  await cluster.now.run('start', String(holder + 1));
});
