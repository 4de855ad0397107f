// Who was where, over HTTP: PostgreSQL with PostGIS behind it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ago, fix, fresh } from '../lib/server.mjs';
import { until } from '../lib/waiting.mjs';
import { runProgram, sharedCluster } from './lib/cluster.mjs';

const cluster = sharedCluster({ before, after }, { instances: 1 });
const instance = () => cluster.now.instances[0];
const square = (west, south, east, north) => [[[west, south], [east, south], [east, north], [west, north], [west, south]]];
const polygon = (...box) => JSON.stringify({ type: 'Polygon', coordinates: square(...box) });
const search = (area, more = {}, token = instance().managerToken()) =>
  instance().get(`/v1/search/positions?${new URLSearchParams({ area, from: ago(7200), to: ago(0), ...more })}`, token);

test('tells who was in an area, when and how long', async () => {
  const [team, name] = [fresh('team'), fresh('agent')];
  const fixes = [fix(10.5, 20.5, 1000), fix(10.6, 20.5, 900), fix(30, 20.5, 800), fix(10.5, 20.5, 700), fix(10.5, 20.6, 640)];
  await instance().report(name, fixes, team, { name: 'Ada' });
  await instance().report(fresh('agent'), fix(30, 20.5, 500), team);
  const { status, json, text } = await search(polygon(20, 10, 21, 11), { team });
  assert.equal(status, 200, text);
  assert.equal(json.next_cursor, null);
  const [{ inside_s, ...found }, ...others] = json.agents;
  assert.deepEqual(others, []);
  assert.deepEqual(found, { agent: name, name: 'Ada', team, first_at: fixes[0].recorded_at, last_at: fixes[4].recorded_at, stays: 2, fixes: 4 });
  assert.ok(Math.abs(inside_s - 160) < 1, `${inside_s}`);
  const islands = JSON.stringify({ type: 'MultiPolygon', coordinates: [square(0, 0, 1, 1), square(20, 29, 21, 31)] });
  assert.equal((await search(islands, { team })).json.agents.length, 2);
});

test('takes an area that is too long for a query as a body', async () => {
  const [team, inside, outside] = [fresh('team'), fresh('agent'), fresh('agent')];
  await instance().report(inside, fix(-30.5, -30.5, 60), team);
  await instance().report(outside, fix(-32.5, -30.5, 60), team);
  const points = Array.from({ length: 999 }, (_, nth) => [-30.5 + Math.cos((nth / 999) * 2 * Math.PI), -30.5 + Math.sin((nth / 999) * 2 * Math.PI)]);
  const circle = JSON.stringify({ type: 'Polygon', coordinates: [[...points, points[0]]] });
  assert.ok(circle.length > 20_000);
  const path = `/v1/search/positions?${new URLSearchParams({ team, from: ago(7200), to: ago(0) })}`;
  const { status, json, text } = await instance().post(path, instance().managerToken(), circle, { 'content-type': 'application/geo+json' });
  assert.equal(status, 200, text);
  assert.deepEqual(json.agents.map(({ agent }) => agent), [inside]);
  assert.equal((await instance().post(path, '', circle)).status, 401);
});

test('goes on from a cursor', async () => {
  const team = fresh('team');
  const names = ['a', 'b&c', 'd'].map(fresh).sort();
  for (const name of names) await instance().report(name, fix(50.5, 50.5, 60), team);
  const seen = [];
  let cursor;
  do {
    const { json } = await search(polygon(50, 50, 51, 51), { team, limit: 2, ...(cursor ? { cursor } : {}) });
    seen.push(...json.agents.map(({ agent }) => agent));
    cursor = json.next_cursor;
  } while (cursor);
  assert.deepEqual(seen, names);
});

test('a manager finds agents of its own teams only, an agent only itself', async () => {
  const [mine, other, here, there] = [fresh('team'), fresh('team'), fresh('agent'), fresh('agent')];
  await instance().report(here, fix(-5, -5, 60), mine);
  await instance().report(there, fix(-5, -5, 60), other);
  const area = polygon(-6, -6, -4, -4);
  const manager = instance().managerToken([mine]);
  assert.deepEqual((await search(area, {}, manager)).json.agents.map(({ agent }) => agent), [here]);
  assert.equal((await search(area, { team: other }, manager)).json.code, 'forbidden');
  assert.equal((await search(area, { agent: there }, manager)).json.code, 'forbidden');
  const own = instance().agentToken(here);
  assert.equal((await search(area, {}, own)).json.code, 'forbidden');
  assert.deepEqual((await search(area, { agent: here }, own)).json.agents.map(({ agent }) => agent), [here]);
  assert.equal((await search(area, { agent: fresh('nobody') })).json.code, 'room_unknown');
  const past = `/v1/nearby?lat=-5&lon=-5&at=${ago(0)}`;
  assert.deepEqual((await instance().get(past, manager)).json.agents.map(({ agent }) => agent), [here]);
  assert.equal((await instance().get(`${past}&team=${other}`, manager)).json.code, 'forbidden');
});

test('nearby at a past moment', async () => {
  const [team, stayed, moved] = [fresh('team'), fresh('agent'), fresh('agent')];
  await instance().report(stayed, fix(70.001, 25, 600), team);
  await instance().report(moved, [fix(70.002, 25, 600), fix(71, 25, 300)], team);
  const near = async (more) => (await instance().get(`/v1/nearby?${new URLSearchParams({ lat: 70, lon: 25, radius_m: 1000, team, ...more })}`, instance().managerToken())).json;
  const then = await near({ at: ago(400) });
  assert.deepEqual(then.agents.map(({ agent }) => agent), [stayed, moved]);
  assert.ok(Math.abs(then.agents[0].distance_m - 111.2) < 1, JSON.stringify(then));
  assert.equal(then.agents[0].presence, undefined, 'nobody knows what it was then');
  assert.deepEqual((await near({ at: ago(0) })).agents.map(({ agent }) => agent), [stayed]);
  assert.deepEqual((await near({ at: ago(0), max_age_s: 60 })).agents, []);
  assert.equal((await near({ at: 'then' })).code, 'bad_request');
  assert.equal((await near({ at: ago(0), max_age_s: 1e6 })).code, 'bad_request');
});

test('what cannot be answered is refused by name', async () => {
  const cases = [
    ['{', {}, 'bad_json', 'area'],
    ['{"type":"Point","coordinates":[1,1]}', {}, 'bad_request', 'Polygon'],
    ['{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}', {}, 'bad_request', 'closed'],
    ['{"type":"Polygon","coordinates":[[[0,0],[4,4],[4,0],[0,4],[0,0]]]}', {}, 'bad_request', 'crosses'],
    [polygon(179, 0, 181, 1), {}, 'bad_request', 'antimeridian'],
    [polygon(0, 0, 1, 1), { from: 'x' }, 'bad_request', 'from'],
    [polygon(0, 0, 1, 1), { to: ago(8000) }, 'bad_request', 'before'],
    [polygon(0, 0, 1, 1), { from: ago(32 * 86400) }, 'bad_request', '31 days'],
    [polygon(0, 0, 1, 1), { limit: 0 }, 'bad_request', 'limit'],
    [polygon(0, 0, 1, 1), { cursor: '' }, 'bad_request', 'cursor'],
  ];
  for (const [area, more, code, detail] of cases) {
    const { status, json, text } = await search(area, more);
    assert.deepEqual([status, json.code], [400, code], text);
    assert.match(json.detail, new RegExp(detail), text);
  }
  const without = await instance().get(`/v1/search/positions?from=${ago(9)}&to=${ago(0)}`, instance().managerToken());
  assert.deepEqual([without.status, without.json.code], [400, 'bad_request']);
  assert.equal((await instance().get('/v1/search/positions', '')).status, 401);
});

test('without PostGIS it says what is missing, and goes on once it is there', async () => {
  const { DATABASE_URL } = cluster.now.env;
  const sql = async (statement) => {
    const { status, stderr } = await runProgram('psql', [DATABASE_URL, '-qc', statement]);
    assert.equal(status, 0, stderr);
  };
  await sql('DROP EXTENSION postgis CASCADE');
  for (const answer of [await search(polygon(0, 0, 1, 1)), await instance().get(`/v1/nearby?lat=0&lon=0&at=${ago(0)}`, instance().managerToken())]) {
    assert.deepEqual([answer.status, answer.json.code, answer.json.temporary], [501, 'not_available', false], answer.text);
    assert.match(answer.json.detail, /PostGIS/);
  }
  await sql('SELECT fieldcast_offer_places()');
  await until('places', async () => (await search(polygon(0, 0, 1, 1))).status === 200);
});
