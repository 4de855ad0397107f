// What can be asked over HTTP: teams, last-known positions, nearby, history, streams, polls.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ago, fix, fresh, sharedServer } from './lib/server.mjs';

const server = sharedServer({ before, after });
const get = (path, token = server.now.managerToken(), headers = {}) => server.now.get(path, token, headers);

test('GET /v1/me tells who the bearer is', async () => {
  const { status, json } = await get('/v1/me', server.now.managerToken(['a', 'b'], { name: 'Grace', org: 'acme' }));
  assert.equal(status, 200);
  assert.deepEqual([json.user, json.role, json.org, json.name], ['boss', 'manager', 'acme', 'Grace']);
  assert.ok(Date.parse(json.expires_at) > Date.now());
});

test('GET /v1/teams lists the teams that the bearer may see, with their counts', async () => {
  const org = fresh('org');
  for (const [team, count] of [['red', 2], ['blue', 1], ['green', 1]])
    for (let index = 0; index < count; ++index) await server.now.report(fresh('agent'), fix(1, 1), team, { org });
  const all = await get('/v1/teams', server.now.managerToken('*', { org }));
  assert.deepEqual(all.json.teams.map(({ team, agents, online }) => [team, agents, online]).sort(), [['blue', 1, 1], ['green', 1, 1], ['red', 2, 2]]);
  const some = await get('/v1/teams', server.now.managerToken(['red'], { org }));
  assert.deepEqual(some.json.teams.map(({ team }) => team), ['red']);
});

test('GET /v1/teams/{team}/agents gives last-known positions and presence', async () => {
  const team = fresh('team');
  const name = fresh('agent');
  await server.now.report(name, [fix(1, 1, 20), fix(2, 2, 10)], team, { name: 'Ada' });
  const { status, json } = await get(`/v1/teams/${team}/agents`);
  assert.equal(status, 200);
  assert.equal(json.agents.length, 1);
  const [entry] = json.agents;
  assert.deepEqual([entry.agent, entry.name, entry.lat, entry.lon, entry.presence], [name, 'Ada', 2, 2, 'online']);
  const nobody = await get(`/v1/teams/${fresh('team')}/agents`);
  assert.deepEqual([nobody.status, nobody.json.agents], [200, []]);
});

test('GET /v1/nearby gives the nearest first, with distances, within the radius', async () => {
  const team = fresh('team');
  const [near, far, away] = [fresh('near'), fresh('far'), fresh('away')];
  await server.now.report(near, fix(60.001, 25), team);
  await server.now.report(far, fix(60.004, 25), team);
  await server.now.report(away, fix(61, 25), team);
  const { status, json, text } = await get(`/v1/nearby?team=${team}&lat=60&lon=25&radius_m=1000`);
  assert.equal(status, 200, text);
  assert.deepEqual(json.agents.map(({ agent }) => agent), [near, far]);
  const distances = json.agents.map(({ distance_m }) => distance_m);
  assert.ok(Math.abs(distances[0] - 111.2) < 1 && Math.abs(distances[1] - 444.8) < 2, `${distances}`);
  const one = await get(`/v1/nearby?team=${team}&lat=60&lon=25&radius_m=1000000&limit=1`);
  assert.deepEqual(one.json.agents.map(({ agent }) => agent), [near]);
});

test('GET /v1/nearby crosses the antimeridian and leaves out what is old', async () => {
  const team = fresh('team');
  const [east, west] = [fresh('east'), fresh('west')];
  await server.now.report(east, fix(0, 179.999, 5), team);
  await server.now.report(west, fix(0, -179.999, 500), team);
  const both = await get(`/v1/nearby?team=${team}&lat=0&lon=180&radius_m=1000`);
  assert.deepEqual(both.json.agents.map(({ agent }) => agent).sort(), [east, west].sort());
  const young = await get(`/v1/nearby?team=${team}&lat=0&lon=180&radius_m=1000&max_age_s=100`);
  assert.deepEqual(young.json.agents.map(({ agent }) => agent), [east]);
});

for (const query of ['lat=91&lon=0&radius_m=10', 'lat=x&lon=0&radius_m=10', 'lon=0&radius_m=10', 'lat=0&lon=0&radius_m=-1', 'lat=0&lon=0&radius_m=nan', 'lat=0&lon=0&radius_m=10&limit=-3']) {
  test(`GET /v1/nearby?${query} is a bad request`, async () => {
    const { status, json } = await get(`/v1/nearby?team=north&${query}`);
    assert.deepEqual([status, json.code], [400, 'bad_request']);
  });
}

test('questions about places are not available on SQLite, and the answer says what they take', async () => {
  const area = encodeURIComponent('{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}');
  for (const path of [`/v1/search/positions?area=${area}&from=${ago(60)}&to=${ago(0)}`, `/v1/nearby?lat=0&lon=0&at=${ago(0)}`]) {
    const { status, json } = await get(path);
    assert.deepEqual([status, json.code], [501, 'not_available'], path);
    assert.match(json.detail, /PostGIS/);
  }
  const post = (body) => server.now.post(`/v1/search/positions?from=${ago(60)}&to=${ago(0)}`, server.now.managerToken(), body);
  assert.equal((await post(decodeURIComponent(area))).json.code, 'not_available');
  assert.equal((await post(decodeURIComponent(area).padEnd(65_536))).json.code, 'not_available');
  assert.equal((await post('')).json.code, 'bad_request');
  assert.equal((await post(decodeURIComponent(area).padEnd(65_537))).json.code, 'body_too_big');
});

test('history is paged by cursor, oldest first, within from and to', async () => {
  const name = fresh('agent');
  const start = Math.floor(Date.now() / 1000) - 1000;
  await server.now.report(name, Array.from({ length: 25 }, (_, index) => ({ lat: index, lon: 1, recorded_at: start + index })));
  const seen = [];
  let cursor = '';
  let pages = 0;
  do {
    const { status, json, text } = await get(`/v1/agents/${name}/positions?limit=10${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    assert.equal(status, 200, text);
    seen.push(...json.positions.map(({ lat }) => lat));
    cursor = json.next_cursor;
    ++pages;
  } while (cursor && pages < 10);
  assert.deepEqual(seen, Array.from({ length: 25 }, (_, index) => index));
  assert.equal(pages, 3);
  const range = await get(`/v1/agents/${name}/positions?from=${new Date((start + 5) * 1000).toISOString()}&to=${start + 8}`);
  assert.deepEqual(range.json.positions.map(({ lat }) => lat), [5, 6, 7], 'to is exclusive');
});

test('history comes as json, geojson, gpx and csv, by format or by Accept', async () => {
  const name = fresh('agent');
  await server.now.report(name, [fix(1.25, 2.5, 30, { speed_mps: 4 }), fix(1.5, 2.75, 20)], 'north', { name: 'Ada <&> "Byron"' });
  const path = `/v1/agents/${name}/positions`;
  const geo = await get(`${path}?format=geojson`);
  assert.match(geo.headers['content-type'], /^application\/geo\+json/);
  assert.match(geo.text, /"FeatureCollection"|"Feature"/);
  assert.match(JSON.stringify(geo.json), /\[2\.5,1\.25/, 'longitude first');
  const gpx = await get(`${path}?format=gpx`);
  assert.match(gpx.headers['content-type'], /^application\/gpx\+xml/);
  assert.equal(gpx.text.match(/<trkpt /g).length, 2);
  assert.match(gpx.text, /lat="1\.25" lon="2\.5"/);
  assert.doesNotMatch(gpx.text, /Ada <&>/, 'names are escaped');
  assert.match(gpx.text, /<\/gpx>\s*$/);
  const csv = await get(path, server.now.managerToken(), { accept: 'text/csv' });
  assert.match(csv.headers['content-type'], /^text\/csv/);
  assert.equal(csv.text.trim().split(/\r?\n/).length, 3);
  const json = await get(path, server.now.managerToken(), { accept: 'application/json' });
  assert.match(json.headers['content-type'], /^application\/json/);
  assert.equal(json.json.positions.length, 2);
  const none = await get(path, server.now.managerToken(), { accept: 'image/png' });
  assert.deepEqual([none.status, none.json.code], [406, 'not_acceptable']);
  const unknown = await get(`${path}?format=kml`);
  assert.ok([400, 406].includes(unknown.status), `${unknown.status}`);
});

test('a long history is streamed whole', async () => {
  const name = fresh('agent');
  const start = Math.floor(Date.now() / 1000) - 40_000;
  for (let batch = 0; batch < 3; ++batch)
    await server.now.report(name, Array.from({ length: 9000 }, (_, index) => ({ lat: 1, lon: 2, recorded_at: start + batch * 9000 + index })));
  const { text, headers } = await get(`/v1/agents/${name}/positions?format=csv&limit=100000`);
  const lines = text.trim().split(/\r?\n/);
  assert.equal(lines.length, 27_001);
  assert.equal(new Set(lines).size, 27_001);
  assert.equal(headers['content-length'], undefined, 'it is not built in memory first');
});

for (const query of ['limit=0', 'limit=-1', 'limit=abc', 'from=never', 'cursor=%00%01', 'limit=99999999999999999999']) {
  test(`history with ${query} is a bad request`, async () => {
    const name = fresh('agent');
    await server.now.report(name, fix(1, 1));
    const { status, json } = await get(`/v1/agents/${name}/positions?${query}`);
    assert.deepEqual([status, json?.code], [400, 'bad_request']);
  });
}

test('an agent nobody knows has no history, by name', async () => {
  const { status, json } = await get(`/v1/agents/${fresh('nobody')}/positions`);
  assert.deepEqual([status, json.code], [404, 'room_unknown']);
});

test('an event stream brings the dashboard messages and resumes by Last-Event-ID', async () => {
  const team = fresh('team');
  const name = fresh('agent');
  await server.now.report(name, fix(1, 1, 50), team);
  const token = server.now.managerToken([team]);
  const stream = await server.now.events(`/v1/stream?room=team:${team}`, { token });
  assert.equal(stream.status, 200);
  assert.match(stream.headers['content-type'], /^text\/event-stream/);
  const snapshot = await stream.waitFor((one) => one.type === 'snapshot', 'snapshot');
  assert.deepEqual(snapshot.json.agents.map(({ agent }) => agent), [name]);
  assert.equal(snapshot.id, snapshot.json.cursor);
  await server.now.report(name, fix(2, 1, 40), team);
  const update = await stream.waitFor((one) => one.type === 'update', 'update');
  assert.equal(update.json.positions[0].lat, 2);
  assert.equal(update.id, update.json.cursor);
  stream.close();
  const other = fresh('agent');
  await server.now.report(other, fix(3, 1, 30), team);
  const again = await server.now.events(`/v1/stream?room=team:${team}`, { token, headers: { 'last-event-id': update.id } });
  const resumed = await again.waitFor((one) => one.type === 'snapshot', 'resumed snapshot');
  assert.equal(resumed.json.resumed, true);
  assert.deepEqual(resumed.json.agents.map(({ agent }) => agent), [other]);
  again.close();
});

test('an event stream may be opened with a ticket, and refuses what a socket refuses', async () => {
  const team = fresh('team');
  const { json } = await server.now.post('/v1/tickets', server.now.managerToken([team]));
  const stream = await server.now.events(`/v1/stream?room=team:${team}&ticket=${json.ticket}`);
  await stream.waitFor((one) => one.type === 'snapshot', 'snapshot');
  stream.close();
  const cases = [
    [`/v1/stream?room=team:${team}`, undefined, 401, 'unauthenticated'],
    ['/v1/stream?room=team:other', server.now.managerToken([team]), 403, 'forbidden'],
    ['/v1/stream?room=cloud:9', server.now.managerToken(), 404, 'room_unknown'],
    ['/v1/stream', server.now.managerToken(), 404, 'room_unknown'],
  ];
  for (const [path, token, status, code] of cases) {
    const answer = await get(path, token ?? '');
    assert.deepEqual([answer.status, answer.json?.code], [status, code], path);
  }
});

test('a long poll waits for news and goes on from its cursor', async () => {
  const team = fresh('team');
  const name = fresh('agent');
  await server.now.report(name, fix(1, 1, 50), team);
  const token = server.now.managerToken([team]);
  const first = await get(`/v1/poll?room=team:${team}&wait_s=5`, token);
  assert.equal(first.status, 200, first.text);
  assert.match(first.text, new RegExp(name));
  assert.ok(first.json.cursor);
  const waiting = get(`/v1/poll?room=team:${team}&cursor=${first.json.cursor}&wait_s=20`, token);
  // Its news comes when the poll already waits, or just before: both must bring it.
  await server.now.report(name, fix(7, 1, 40), team);
  const news = await waiting;
  assert.match(news.text, /"lat":7/);
  assert.notEqual(news.json.cursor, first.json.cursor);
  const started = performance.now();
  const quiet = await get(`/v1/poll?room=team:${team}&cursor=${news.json.cursor}&wait_s=1`, token);
  assert.equal(quiet.status, 200);
  assert.ok(performance.now() - started > 800, 'it waited');
  assert.doesNotMatch(quiet.text, /"lat"/);
  const foreign = await get(`/v1/poll?room=team:${team}&wait_s=1`, server.now.managerToken(['other']));
  assert.deepEqual([foreign.status, foreign.json.code], [403, 'forbidden']);
});

test('an agent may ask for itself, and for nothing else', async () => {
  const name = fresh('agent');
  await server.now.report(name, fix(1, 1, 5), 'north');
  const token = server.now.agentToken(name);
  assert.equal((await get(`/v1/agents/${name}/positions`, token)).json.positions.length, 1);
  const other = fresh('agent');
  await server.now.report(other, fix(1, 1, 5), 'north');
  for (const path of [`/v1/agents/${other}/positions`, '/v1/teams/north/agents', '/v1/nearby?team=north&lat=0&lon=0&radius_m=9', `/v1/quarantine?agent=${other}`, '/v1/stream?room=team:north']) {
    const { status, json } = await get(path, token);
    assert.deepEqual([status, json?.code], [403, 'forbidden'], path);
  }
  await server.now.report(other, fix(99, 1, 5), 'north');
  const { json } = await get('/v1/quarantine?team=north', token);
  assert.deepEqual(json.records, [], "what was set aside of others is not shown");
});

test('ids with spaces, slashes, quotes and other scripts work in paths', async () => {
  for (const name of ["Åsa/7 'x'", 'машина №5', '100%', 'a?b#c', `x'; DROP TABLE positions;--`]) {
    await server.now.report(name, fix(1, 1, 5), 'teäm/1');
    const { status, json, text } = await get(`/v1/agents/${encodeURIComponent(name)}/positions`);
    assert.equal(status, 200, `${name}: ${text}`);
    assert.ok(json.positions.length >= 1, name);
  }
  const { json } = await get(`/v1/teams/${encodeURIComponent('teäm/1')}/agents`);
  assert.equal(json.agents.length, 5);
});

test('unknown paths and methods are answered by name', async () => {
  assert.deepEqual([(await get('/v1/nothing')).status, (await get('/v1/nothing')).json.code], [404, 'not_found']);
  const wrong = await server.now.request('DELETE', '/v1/positions', { token: server.now.managerToken() });
  assert.deepEqual([wrong.status, wrong.json.code], [405, 'method_not_allowed']);
  assert.match(wrong.headers.allow, /POST/);
});

test('times of answers have one form', async () => {
  const name = fresh('agent');
  await server.now.report(name, { lat: 1, lon: 1, recorded_at: Math.floor(Date.parse(ago(10)) / 1000) });
  const { json } = await get(`/v1/agents/${name}/positions`);
  assert.match(json.positions[0].recorded_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});
