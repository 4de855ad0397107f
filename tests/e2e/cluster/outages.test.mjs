// PostgreSQL or Redis away for some seconds under load: what still works, what is said, and that all heals.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fix, fresh } from '../lib/server.mjs';
import { until } from '../lib/waiting.mjs';
import { sharedCluster } from './lib/cluster.mjs';
import { Dashboard, Phone } from './lib/fleet.mjs';

const cluster = sharedCluster({ before, after });

async function historyHas(place, { name, acknowledged }) {
  const { status, text } = await place.get(`/v1/agents/${name}/positions?format=csv&limit=1000000`, place.managerToken());
  assert.equal(status, 200, text);
  const lost = acknowledged.filter((time) => !text.includes(time));
  assert.deepEqual(lost, [], `${name}: ${lost.length} of ${acknowledged.length} acknowledged fixes are lost`);
}

/** The dashboard ends with the newest of every phone. */
async function shows(where, dashboard, phones, seconds = 20) {
  const behind = () => phones.filter(({ name, newest }) => !dashboard.shows(name, newest.recorded_at));
  await until('newest of every phone', () => behind().length === 0, seconds).catch(() => {
    const lines = behind().map(({ name, newest }) => `${name}: ${dashboard.agents.get(name)?.recorded_at} instead of ${newest.recorded_at}`);
    assert.fail(`the dashboard on ${where} is behind:\n${lines.join('\n')}`);
  });
}

for (const way of ['stop', 'kill']) {
  test(`PostgreSQL away under load (${way}): phones wait, dashboards go on, all is stored after`, async (t) => {
    const team = fresh('team');
    const [first, second, third] = cluster.now.instances;
    const phones = [first, second, third, first, second, third].map((instance) => new Phone(t, instance, fresh('phone'), team));
    const dashboard = new Dashboard(t, second, `team:${team}`);
    await until('the first acknowledgements', () => phones.every(({ acknowledged }) => acknowledged.length > 5) && dashboard.snapshots);
    await cluster.now.run(way, 'postgres');
    await until('word that tells phones to wait', () => phones.every(({ refusals }) => refusals.includes('store_unavailable')), 30);
    await cluster.now.component('store', 'failing');
    const during = phones.map(({ acknowledged }) => acknowledged.length);

    // The live way, for fixes of now, from another instance; and a room that was not watched before, from the cache.
    const live = await first.agent(fresh('live'), team);
    const name = live.welcome.user;
    const refused = await live.request({ type: 'position', ...fix(7, 7) }, 30);
    assert.deepEqual([refused.type, refused.code, refused.temporary], ['error', 'store_unavailable', true]);
    await until('the position on the dashboard', () => dashboard.agents.get(name)?.lat === 7);
    const late = await third.manager();
    const snapshot = await late.subscribe(`team:${team}`);
    assert.equal(snapshot.type, 'snapshot');
    assert.ok(phones.every((phone) => snapshot.agents.some(({ agent }) => agent === phone.name)), 'the cache knows them all');
    assert.equal(await first.metric('fieldcast_store_ok'), 0);
    assert.deepEqual(phones.map(({ acknowledged }) => acknowledged.length), during, 'nothing is acknowledged without a commit');

    await cluster.now.run('start', 'postgres');
    const goals = phones.map((phone) => phone.more(10));
    await until('acknowledgements again', () => goals.every((reached) => reached()), 30);
    await cluster.now.component('store', 'ok');
    for (const phone of phones) await phone.stop();
    for (const phone of phones) await historyHas(second, phone);
    await shows('instance 2', dashboard, phones);
    assert.deepEqual([...phones, dashboard].flatMap(({ closes }) => closes), [], 'no socket was closed');
    assert.deepEqual(dashboard.wentBack, []);
    await dashboard.stop();
    for (const client of [live, late]) await client.close();
  });

  test(`Redis away under load (${way}): each instance serves its own and says so, and all heals`, async (t) => {
    const team = fresh('team');
    const only = fresh('only'); // reports once, while Redis is away
    const [first, second, third] = cluster.now.instances;
    const phones = [first, second, first, second].map((instance) => new Phone(t, instance, fresh('phone'), team));
    const dashboards = [first, second, third].map((instance) => new Dashboard(t, instance, `team:${team}`));
    await until('everybody on every dashboard', () => dashboards.every(({ agents }) => phones.every(({ name }) => agents.has(name))));
    await cluster.now.run(way, 'redis');
    await cluster.now.component('bus', 'failing');
    assert.equal(await first.metric('fieldcast_bus_ok'), 0);

    // Acknowledged as before, and seen on the instance that took it.
    const goals = phones.map((phone) => phone.more(10));
    await until('acknowledgements meanwhile', () => goals.every((reached) => reached()));
    await first.report(only, fix(3, 3), team);
    await until('its own on the first', () => dashboards[0].agents.get(only)?.lat === 3);
    const newcomer = await third.manager();
    assert.equal((await newcomer.subscribe(`team:${team}`)).type, 'snapshot', 'dashboards can come meanwhile');
    assert.equal(dashboards[2].agents.get(only), undefined);

    // They say their last word while Redis is still away: nothing but healing can bring it to the others.
    for (const phone of phones) await phone.stop();
    await cluster.now.run('start', 'redis');
    await cluster.now.component('bus', 'ok');
    for (const [index, dashboard] of dashboards.entries()) {
      await shows(`instance ${index + 1}`, dashboard, phones);
      await until('the position of the one that reported once', () => dashboard.agents.get(only)?.lat === 3);
      assert.deepEqual(dashboard.wentBack, []);
      assert.deepEqual(dashboard.closes, []);
    }
    await newcomer.sees(only, ({ lat }) => lat === 3, { seconds: 20 }).catch((error) => {
      if (!newcomer.messages.some(({ agents }) => agents?.some(({ agent }) => agent === only))) throw error;
    });
    for (const phone of phones) await historyHas(third, phone);

    // And from then on as if nothing had been.
    await first.report(only, fix(4, 4), team);
    await until('a new position on the third', () => dashboards[2].agents.get(only)?.lat === 4);
    for (const dashboard of dashboards) await dashboard.stop();
    await newcomer.close();
  });
}

test('an instance starts while Redis is away, and joins when it is back', async (t) => {
  const team = fresh('team');
  const [first, second] = cluster.now.instances;
  await first.report('a', fix(1, 1, 60), team);
  await cluster.now.run('stop', 'redis');
  await cluster.now.run('restart', '2');
  const dashboard = new Dashboard(t, second, `team:${team}`);
  await until('what the database knows', () => dashboard.agents.get('a')?.lat === 1);
  await cluster.now.run('start', 'redis');
  await cluster.now.component('bus', 'ok');
  await first.report('a', fix(2, 1, 30), team);
  await until('what was reported on the other', () => dashboard.agents.get('a')?.lat === 2);
  await dashboard.stop();
});

test('an agent that moves to another team while Redis is away leaves the old room and enters the new one everywhere', async (t) => {
  const [old, fresher] = [fresh('team'), fresh('team')];
  const name = fresh('mover');
  const [first, second, third] = cluster.now.instances;
  await first.report(name, fix(1, 1, 60), old);
  const rooms = [second, third].map((instance) => [new Dashboard(t, instance, `team:${old}`), new Dashboard(t, instance, `team:${fresher}`)]);
  await until('the agent in its old team', () => rooms.every(([before, after]) => before.agents.has(name) && after.snapshots));
  await cluster.now.run('kill', 'redis');
  await cluster.now.component('bus', 'failing');
  await first.report(name, fix(2, 1, 30), fresher);
  await cluster.now.run('start', 'redis');
  await cluster.now.component('bus', 'ok');
  for (const [before, after] of rooms) {
    await until('the agent in its new team', () => after.agents.get(name)?.lat === 2, 15);
    await until('the agent gone from its old team', () => !before.agents.has(name), 15);
  }
});
