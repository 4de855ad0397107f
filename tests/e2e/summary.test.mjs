// What positions come to by hour and day: of an agent, of a team, and who may ask.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fresh, sharedServer } from './lib/server.mjs';

const server = sharedServer({ before, after });
const get = (path, token = server.now.managerToken(), headers = {}) => server.now.get(path, token, headers);
const hour_s = 3600;
const day_s = 86_400;
/** The full hour of some hours ago, in epoch seconds. */
const hoursAgo = (hours) => (Math.floor(Date.now() / 1000 / hour_s) - hours) * hour_s;
const iso = (seconds) => new Date(seconds * 1000).toISOString();
/** North at 11.1 m/s, a fix each 30 s. */
const track = (start, count) => Array.from({ length: count }, (_, index) => ({ lat: 50 + index * 0.003, lon: 8, recorded_at: start + index * 30, accuracy_m: 5 }));
const step_m = 0.003 * 111_195.08;

test('the summary of an agent has its figures by hour, late fixes at once', async () => {
  const name = fresh('agent');
  const start = hoursAgo(30);
  await server.now.report(name, track(start, 240));
  const path = `/v1/agents/${name}/summary?from=${start}&to=${start + 3 * hour_s}`;
  const { status, json, text } = await get(path);
  assert.equal(status, 200, text);
  assert.deepEqual([json.agent, json.bucket, json.from, json.to], [name, 'hour', iso(start), iso(start + 3 * hour_s)]);
  assert.equal(json.complete_until, json.to);
  assert.deepEqual(json.buckets.map(({ begin, fixes }) => [begin, fixes]), [[iso(start), 120], [iso(start + hour_s), 120]]);
  const [first, second] = json.buckets;
  assert.ok(Math.abs(first.distance_m - 119 * step_m) < 5 && Math.abs(second.distance_m - 120 * step_m) < 5, text);
  assert.deepEqual([first.moving_s, second.moving_s, first.stops], [119 * 30, hour_s, 0]);
  assert.ok(Math.abs(first.speed_max_mps - 11.12) < 0.02 && Math.abs(first.speed_mean_mps - 11.12) < 0.02, text);
  assert.deepEqual(first.box.slice(0, 3), [8, 50, 8]);
  assert.equal(json.total.fixes, 240);
  assert.ok(Math.abs(json.total.distance_m - 239 * step_m) < 10, text);
  await server.now.report(name, [{ lat: 50.36, lon: 8, recorded_at: start + 2 * hour_s - 1 }, ...track(start, 10)]);
  const again = await get(path);
  assert.deepEqual(again.json.buckets.map(({ fixes }) => fixes), [120, 121]);
});

test('the summary by day sums the hours of the day', async () => {
  const name = fresh('agent');
  const midnight = Math.floor(Date.now() / 1000 / day_s) * day_s - day_s;
  await server.now.report(name, track(midnight - hour_s, 240));
  const { json, text } = await get(`/v1/agents/${name}/summary?bucket=day&from=${iso(midnight - 5)}&to=${iso(midnight + 5)}`);
  assert.deepEqual(json.buckets.map(({ begin, fixes }) => [begin, fixes]), [[iso(midnight - day_s), 120], [iso(midnight), 120]], text);
  assert.deepEqual([json.from, json.to], [iso(midnight - day_s), iso(midnight + day_s)], 'whole days');
});

test('without from and to the summary is of today', async () => {
  const name = fresh('agent');
  await server.now.report(name, [{ lat: 1, lon: 2, recorded_at: Math.floor(Date.now() / 1000) }]);
  const today = Math.floor(Date.now() / 1000 / day_s) * day_s;
  const { json, text } = await get(`/v1/agents/${name}/summary`);
  assert.deepEqual([json.from, json.to], [iso(today), iso(today + day_s)], text);
  assert.equal(json.total.fixes, 1);
  assert.deepEqual(json.total.box, [2, 1, 2, 1]);
  assert.ok(!('speed_mean_mps' in json.total), text);
});

test('the summary of a team says until when it is complete', async () => {
  const team = fresh('team');
  const [one, two] = [`a-${fresh('agent')}`, `b-${fresh('agent')}`];
  const start = hoursAgo(10);
  await server.now.report(one, track(start, 20), team, { name: 'Ada' });
  await server.now.report(two, track(start + hour_s, 20), team);
  const { status, json, text } = await get(`/v1/teams/${team}/summary?from=${start - hour_s}&to=${start + 4 * hour_s}`);
  assert.equal(status, 200, text);
  assert.deepEqual([json.team, json.bucket], [team, 'hour']);
  assert.ok(Date.parse(json.complete_until) >= (start - hour_s) * 1000, text);
  assert.ok(Array.isArray(json.buckets) && Array.isArray(json.agents), text);
  if (json.complete_until === json.to) assert.deepEqual(json.agents.map(({ agent, fixes }) => [agent, fixes]), [[one, 20], [two, 20]]);
  else assert.ok([0, 1, 2].some((hours) => json.complete_until === iso(start + hours * hour_s)), 'the oldest hour that is not worked on');
});

for (const query of ['bucket=week', 'from=x', 'to=never', 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:01Z', 'bucket=day&from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z']) {
  test(`a summary with ${query} is a bad request`, async () => {
    const name = fresh('agent');
    const team = fresh('team');
    await server.now.report(name, [{ lat: 1, lon: 2, recorded_at: hoursAgo(1) }], team);
    for (const path of [`/v1/agents/${name}/summary?${query}`, `/v1/teams/${team}/summary?${query}`]) {
      const { status, json } = await get(path);
      assert.deepEqual([status, json.code], [400, 'bad_request'], path);
    }
  });
}

test('31 days by hour and 400 days by day are not too much', async () => {
  const name = fresh('agent');
  await server.now.report(name, [{ lat: 1, lon: 2, recorded_at: hoursAgo(1) }]);
  for (const query of ['from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z', 'bucket=day&from=2025-01-01T00:00:00Z&to=2026-02-05T00:00:00Z'])
    assert.equal((await get(`/v1/agents/${name}/summary?${query}`)).status, 200, query);
});

test('nobody sees summaries of other teams and organisations', async () => {
  const name = fresh('agent');
  const team = fresh('team');
  await server.now.report(name, [{ lat: 1, lon: 2, recorded_at: hoursAgo(1) }], team);
  const paths = [`/v1/agents/${name}/summary`, `/v1/teams/${team}/summary`];
  for (const path of paths) {
    assert.equal((await get(path, server.now.managerToken([team]))).status, 200, path);
    const foreign = await get(path, server.now.managerToken([fresh('team')]));
    assert.deepEqual([foreign.status, foreign.json.code], [403, 'forbidden'], path);
    assert.equal((await get(path, null)).status, 401, path);
  }
  const org = fresh('org');
  const elsewhere = await get(paths[0], server.now.managerToken('*', { org }));
  assert.deepEqual([elsewhere.status, elsewhere.json.code], [404, 'room_unknown']);
  const empty = await get(paths[1], server.now.managerToken('*', { org }));
  assert.deepEqual([empty.json.total.fixes, empty.json.agents], [0, []], 'a team of the same name elsewhere');
});
