// A rolling restart under load, and instances that die: nobody loses anything that was acknowledged.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fix, fresh } from '../lib/server.mjs';
import { factor, until } from '../lib/waiting.mjs';
import { sharedCluster } from './lib/cluster.mjs';
import { Dashboard, Phone } from './lib/fleet.mjs';

const silentAfter = 4 * factor;
const cluster = sharedCluster({ before, after }, { settings: { 'presence.silent_after_s': silentAfter } });

/** Phones and dashboards of two teams, all through nginx, up and running. */
async function startLoad(t, { phones = 24, dashboards = 9 } = {}) {
  const teams = [fresh('team'), fresh('team')];
  const load = {
    phones: Array.from({ length: phones }, (_, index) => new Phone(t, cluster.now.proxy, fresh('phone'), teams[index % 2])),
    dashboards: Array.from({ length: dashboards }, (_, index) => new Dashboard(t, cluster.now.proxy, `team:${teams[index % 2]}`)),
    teamOf: new Map(),
  };
  load.phones.forEach((phone, index) => load.teamOf.set(phone.name, teams[index % 2]));
  await everyPhone(load, 5);
  await until('snapshots', () => load.dashboards.every(({ snapshots }) => snapshots));
  return load;
}

/** Every phone gets so many more acknowledged. */
async function everyPhone({ phones }, count) {
  const goals = phones.map((phone) => phone.more(count));
  await until(`${count} more acknowledgements of every phone`, () => goals.every((reached) => reached()), 40);
}

/** Ends the load and judges: history complete, dashboards at the newest, nobody ever sent back in time. */
async function judge(load) {
  const { proxy } = cluster.now;
  await everyPhone(load, 5);
  for (const phone of load.phones) await phone.stop();
  for (const dashboard of load.dashboards) {
    const mine = load.phones.filter(({ name }) => `team:${load.teamOf.get(name)}` === dashboard.room);
    await until('the newest of every agent on every dashboard', () => mine.every(({ name, newest }) => dashboard.shows(name, newest.recorded_at)), 15);
    assert.equal(dashboard.agents.size, mine.length);
    assert.deepEqual(dashboard.wentBack, []);
  }
  for (const { name, acknowledged } of load.phones) {
    const { text } = await proxy.get(`/v1/agents/${name}/positions?format=csv&limit=1000000`, proxy.managerToken());
    for (const time of acknowledged) {
      assert.equal(text.split(time).length - 1 >= 1, true, `${name}: ${time} was acknowledged and is lost`);
    }
    const times = text.split('\n').slice(1).filter(Boolean);
    assert.equal(new Set(times).size, times.length, 'each once');
  }
  for (const dashboard of load.dashboards) await dashboard.stop();
}

test('a rolling restart of all instances under load', async (t) => {
  const load = await startLoad(t);
  await cluster.now.run('restart', 'all');
  await judge(load);
  const all = [...load.phones, ...load.dashboards];
  assert.deepEqual([...new Set(all.flatMap(({ closes }) => closes))], [4200], 'every socket was told why');
  const gaps = all.flatMap((one) => one.gaps);
  assert.ok(gaps.length >= all.length / 2, `${gaps.length} came back`);
  t.diagnostic(`${gaps.length} came back, the slowest within ${Math.max(...gaps).toFixed(2)} s`);
  assert.ok(Math.max(...gaps) < 3 * factor, `the slowest was away for ${Math.max(...gaps)} s`);
});

test('an instance that is killed under load', async (t) => {
  const load = await startLoad(t);
  await cluster.now.run('kill', '2');
  await everyPhone(load, 20);
  await cluster.now.run('start', '2');
  await judge(load);
});

test('agents of an instance that died without a word expire on the others', async (t) => {
  const team = fresh('team');
  const [first, , third] = cluster.now.instances;
  const dashboard = new Dashboard(t, first, `team:${team}`);
  await until('snapshot', () => dashboard.snapshots);
  const agent = await third.agent('lost', team);
  assert.equal((await agent.request({ type: 'position', ...fix(1, 1) })).type, 'ack');
  await until('the agent', () => dashboard.agents.has('lost'));
  await cluster.now.run('kill', '3');
  await until('silence', () => dashboard.presence.some(([name, state]) => name === 'lost' && state === 'silent'), 4 * silentAfter);
  await cluster.now.run('start', '3');
  const watcher = await third.manager();
  const { agents } = await watcher.subscribe(`team:${team}`);
  assert.deepEqual(agents.map(({ agent: name, presence }) => [name, presence]), [['lost', 'silent']], 'the one that came back knows');
  await dashboard.stop();
  await watcher.close();
});

test('a report over HTTP that meets a stopped instance is answered by another', async () => {
  const { proxy } = cluster.now;
  await cluster.now.run('stop', '1');
  const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => proxy.report(fresh('http'), fix(index, 1))));
  assert.ok(answers.every(({ accepted }) => accepted === 1));
  await cluster.now.run('start', '1');
});
