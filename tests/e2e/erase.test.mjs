// Commands beside a server that runs: who is erased leaves it within seconds, who is imported arrives.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { binary, environment, fix, startServer, temporaryFolder } from './lib/server.mjs';
import { until } from './lib/waiting.mjs';

/** Runs a command on the server's database while it goes on serving; gives what it said. */
async function command(server, ...args) {
  const child = spawn(binary, [...args, `--store.sqlite_file=${join(server.folder, 'fieldcast.db')}`], { env: environment });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said);
  return said;
}
const shown = async (server) => (await server.get('/v1/teams/north/agents', server.managerToken())).json.agents.map(({ agent }) => agent).sort();
const history = (server, agent) => server.get(`/v1/agents/${agent}/positions`, server.managerToken());

test('who is erased leaves rooms, reads and memory; its phone is a new agent when it reports again', async (t) => {
  const server = await startServer(t);
  const phone = await server.agent('ana');
  for (const seconds of [9, 8]) await phone.request({ type: 'position', ...fix(1, 1, seconds) });
  await server.report('ben', fix(2, 2, 9));
  const team = await server.manager();
  await team.subscribe('team:north');
  const single = await server.manager();
  await single.subscribe('agent:ana');

  const said = await command(server, 'erase', '--agent', 'ana');
  assert.match(said, /before: registered, 2 positions, 1 last-known/);
  assert.match(said, /nothing is left of the agent/);
  const gone = await team.waitFor((one) => one.left?.includes('ana'), 'word that it left');
  assert.deepEqual(gone.left, ['ana']);
  assert.equal((await single.waitFor((one) => one.type === 'error', 'end of its room')).code, 'room_unknown');
  assert.deepEqual(await shown(server), ['ben']);
  assert.equal((await history(server, 'ana')).status, 404);
  const nearby = await server.get('/v1/nearby?lat=1&lon=1&radius_m=1000', server.managerToken());
  assert.deepEqual(nearby.json.agents, []);
  assert.deepEqual((await server.get('/v1/teams', server.managerToken())).json.teams.map(({ agents }) => agents), [1]);

  assert.equal((await phone.request({ type: 'position', ...fix(3, 3, 1) })).accepted, 1, 'its token is still good');
  await team.sees('ana', ({ lat }) => lat === 3);
  assert.deepEqual(await shown(server), ['ana', 'ben']);
  await command(server, 'retention', 'run'); // sweeps
  assert.deepEqual((await history(server, 'ana')).json.positions.map(({ lat }) => lat), [3]);
});

test('who is imported is known and shown within seconds', async (t) => {
  const server = await startServer(t);
  const team = await server.manager();
  await team.subscribe('team:north');
  const csv = join(temporaryFolder(t), 'drive.csv');
  writeFileSync(csv, 'time,lat,lon\n2012-01-01T00:00:00Z,3,4\n2012-01-01T00:01:00Z,5,6\n');
  await command(server, 'import', '--team', 'north', '--agent', 'carla', csv);
  await until('history of an agent that was imported', async () => (await history(server, 'carla')).json.positions?.length === 2);
  await team.sees('carla', ({ lat }) => lat === 5);
  assert.deepEqual(await shown(server), ['carla']);
});
