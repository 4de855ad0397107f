// An agent is erased under several instances: every one of them forgets it, and so does Redis.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { binary, fix, fresh } from '../lib/server.mjs';
import { runProgram, sharedCluster } from './lib/cluster.mjs';

const cluster = sharedCluster({ before, after }, { instances: 2 });
const erase = async (agent) => {
  const { DATABASE_URL } = cluster.now.env;
  const { status, stdout, stderr } = await runProgram(binary, ['erase', '--agent', agent], { env: { DATABASE_URL } });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};
const redis = async (...words) => {
  const { hostname, port, password, username } = new URL(cluster.now.env.REDIS_URL);
  const access = password ? ['--no-auth-warning', ...(username ? ['--user', username] : []), '-a', decodeURIComponent(password)] : [];
  const { status, stdout, stderr } = await runProgram('redis-cli', ['-h', hostname, '-p', port || '6379', ...access, ...words]);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};
/** What Redis holds of a team by that name. */
const cached = async (team) => (await redis('HKEYS', `fieldcast:{default/${team}}:last`)).split('\n').filter(Boolean);
const shown = async (place, team) => (await place.get(`/v1/teams/${team}/agents`, place.managerToken())).json.agents.map(({ agent }) => agent).sort();

test('every instance and Redis forget who is erased, and take it for a new one when it reports again', async () => {
  const [first, second] = cluster.now.instances;
  const [team, gone, kept] = [fresh('team'), fresh('gone'), fresh('kept')];
  const phone = await first.agent(gone, team);
  for (const lat of [1, 2]) await phone.request({ type: 'position', ...fix(lat, 1, 9 - lat) });
  await second.report(kept, fix(3, 3, 1), team);
  const watchers = [await first.manager(), await second.manager()];
  for (const watcher of watchers) assert.equal((await watcher.subscribe(`team:${team}`)).agents.length, 2);
  assert.equal((await cached(team)).length, 2);

  assert.match(await erase(gone), /nothing is left of the agent/);
  for (const watcher of watchers) await watcher.waitFor((one) => one.left?.includes(gone), 'word that it left');
  for (const place of cluster.now.instances) {
    assert.deepEqual(await shown(place, team), [kept]);
    assert.equal((await place.get(`/v1/agents/${gone}/positions`, place.managerToken())).status, 404);
  }
  assert.deepEqual(await cached(team), [kept]);

  assert.equal((await phone.request({ type: 'position', ...fix(4, 4, 0) })).accepted, 1);
  for (const watcher of watchers) await watcher.sees(gone, ({ lat }) => lat === 4);
  for (const place of cluster.now.instances) {
    const { json, text } = await place.get(`/v1/agents/${gone}/positions`, place.managerToken());
    assert.deepEqual(json.positions?.map(({ lat }) => lat), [4], text);
  }
});

test('an instance forgets who was erased while Redis was away', async () => {
  const [first, second] = cluster.now.instances;
  const [team, gone] = [fresh('team'), fresh('gone')];
  await first.report(gone, fix(1, 1, 1), team);
  const watcher = await second.manager();
  assert.equal((await watcher.subscribe(`team:${team}`)).agents.length, 1);
  await cluster.now.run('stop', 'redis');
  await cluster.now.component('bus', 'failing');
  await erase(gone);
  await watcher.waitFor((one) => one.left?.includes(gone), 'word that it left');
  await cluster.now.run('start', 'redis');
  await cluster.now.component('bus', 'ok');
  for (const place of cluster.now.instances) assert.deepEqual(await shown(place, team), []);
});
