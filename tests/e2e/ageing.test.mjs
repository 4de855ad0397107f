// What goes when its time is over: by the commands, and by the server that does it by itself.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fix, runCommand, startServer, temporaryFolder } from './lib/server.mjs';
import { until } from './lib/waiting.mjs';

const day = 86_400;
const daysBack = [0, 3, 10, 40];
const fixes = daysBack.map((days) => fix(days, days, days * day));
const read = async (server, agent) => {
  const { status, json, text } = await server.get(`/v1/agents/${agent}/positions`, server.managerToken());
  assert.equal(status, 200, text);
  return json.positions.map(({ lat }) => lat).sort((a, b) => a - b);
};
const done = (folder, ...args) => {
  const { status, stdout, stderr } = runCommand(['retention', ...args, `--store.sqlite_file=${join(folder, 'fieldcast.db')}`]);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};
/** The line of a plan for the day so many days back. */
const lineOf = (plan, days) => {
  const date = new Date(Date.now() - days * day * 1000).toISOString().slice(0, 10);
  return plan.split('\n').find((line) => line.startsWith(date)) ?? '';
};

test('each team keeps its history as long as was said, and the plan says what goes', async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServer(t, { folder, settings: { 'retention.here': false } });
  await server.report('long', fixes, 'archivists');
  await server.report('short', fixes, 'couriers');
  await server.report('elsewhere', fixes, 'couriers', { org: 'globex' });

  done(folder, 'set', '--org', 'default', '--team', 'couriers', '--positions-days', '7');
  const limit = ['--retention.positions_days=30'];
  assert.match(done(folder, 'list', ...limit), /everybody: .*30 days[^]*default\/couriers: .*7 days/);
  const plan = done(folder, 'plan', ...limit);
  assert.match(lineOf(plan, 40), /drop/);
  assert.match(lineOf(plan, 10), /cut 1 rows/);
  assert.doesNotMatch(lineOf(plan, 3), /cut|drop/);
  assert.deepEqual(await read(server, 'short'), daysBack, 'a plan changes nothing');

  assert.match(done(folder, 'run', ...limit), /days dropped: 1/);
  assert.deepEqual(await read(server, 'short'), [0, 3]);
  assert.deepEqual(await read(server, 'long'), [0, 3, 10]);
  const other = await server.get('/v1/agents/elsewhere/positions', server.managerToken('*', { org: 'globex' }));
  assert.equal(other.json.positions.length, 3, 'a team of the same name in another organisation');
  assert.match(done(folder, 'run', ...limit), /nothing to do/);

  assert.equal((await server.report('short', fix(9, 9, 0), 'couriers')).accepted, 1, 'it takes fixes as before');
});

test('a rule for an organisation is that of its other teams, and can be taken back', async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServer(t, { folder, settings: { 'retention.here': false } });
  await server.report('own', fixes, 'own');
  await server.report('other', fixes, 'other');
  done(folder, 'set', '--org', 'default', '--positions-days', '5');
  done(folder, 'set', '--org', 'default', '--team', 'own', '--positions-days', '0');
  done(folder, 'run');
  assert.deepEqual(await read(server, 'own'), daysBack);
  assert.deepEqual(await read(server, 'other'), [0, 3]);
  done(folder, 'set', '--org', 'default', '--clear');
  assert.doesNotMatch(done(folder, 'list'), /default\/\*/);
});

test('the server does it by itself, and sets aside what it would remove at once', async (t) => {
  const folder = temporaryFolder(t);
  const first = await startServer(t, { folder, settings: { 'retention.here': false } });
  await first.report('a', fixes);
  await first.stop();
  const server = await startServer(t, { folder, secret: first.secret, settings: { 'retention.positions_days': 7 } });
  await until('days that went', async () => (await server.metric('fieldcast_ageing_days_total', { done: 'dropped' })) === 2);
  assert.equal(await server.metric('fieldcast_ageing_turn'), 1);
  assert.deepEqual(await read(server, 'a'), [0, 3]);
  const late = await server.post('/v1/positions', server.agentToken('a'), [fix(1, 1, 20 * day)]);
  assert.equal(late.json.quarantined[0].code, 'recorded_at_too_old', late.text);
});
