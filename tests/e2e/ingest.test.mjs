// What phones and gateways report, and what they are told.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ago, fix, fresh, sharedServer } from './lib/server.mjs';

const server = sharedServer({ before, after });

async function historyOf(agent) {
  const { status, json, text } = await server.now.get(`/v1/agents/${agent}/positions`, server.now.managerToken());
  assert.equal(status, 200, text);
  return json.positions;
}

test('a position over WebSocket is acknowledged and is then in the history', async () => {
  const name = fresh('agent');
  const agent = await server.now.agent(name);
  assert.equal(agent.welcome.role, 'agent');
  assert.equal(agent.welcome.user, name);
  assert.equal(agent.welcome.heartbeat_s, 25);
  assert.deepEqual(agent.welcome.limits, { message_bytes: 131072, positions_per_message: 500, messages_per_s: 100 });
  const recorded = ago(1);
  const ack = await agent.request({
    type: 'position', lat: 12.97, lon: 77.59, recorded_at: recorded, accuracy_m: 5, speed_mps: 7.2, heading_deg: 45,
    altitude_m: 920, battery: 0.81, activity: 'driving', attributes: { job: 'J-1' },
  });
  assert.deepEqual({ ...ack, id: 0 }, { type: 'ack', id: 0, accepted: 1, duplicates: 0, quarantined: [] });
  const [position] = await historyOf(name);
  assert.equal(position.lat, 12.97);
  assert.equal(position.lon, 77.59);
  assert.equal(position.recorded_at, recorded);
  assert.equal(position.activity, 'driving');
  assert.ok(Math.abs(position.speed_mps - 7.2) < 0.02, `${position.speed_mps}`);
  assert.ok(Math.abs(position.battery - 0.81) < 0.006, `${position.battery}`);
  assert.deepEqual(position.attributes, { job: 'J-1' });
});

test('a batch is acknowledged with counts; what is bad is set aside by index and the rest is kept', async () => {
  const name = fresh('agent');
  const agent = await server.now.agent(name);
  const twice = fix(60.1, 24.9, 50);
  const ack = await agent.request({
    type: 'positions',
    positions: [fix(60.2, 24.9, 60), twice, twice, fix(91, 24.9, 40), fix(60.3, 24.9, 30)],
  });
  assert.equal(ack.type, 'ack');
  assert.equal(ack.accepted, 3);
  assert.equal(ack.duplicates, 1);
  assert.deepEqual(ack.quarantined, [{ index: 3, code: 'latitude_out_of_range' }]);
  assert.equal((await historyOf(name)).length, 3);
});

test('a replayed batch changes nothing', async () => {
  const name = fresh('agent');
  const positions = [fix(1, 1, 30), fix(2, 2, 20), fix(3, 3, 10)];
  assert.equal((await server.now.report(name, positions)).accepted, 3);
  const again = await server.now.report(name, positions.map((one) => ({ ...one, lat: one.lat + 40 })));
  assert.deepEqual([again.accepted, again.duplicates, again.quarantined], [0, 3, []]);
  assert.deepEqual((await historyOf(name)).map(({ lat }) => lat), [1, 2, 3]);
});

test('HTTP takes one fix, an array, and an object with positions', async () => {
  const name = fresh('agent');
  const token = server.now.agentToken(name);
  for (const body of [fix(1, 1, 9), [fix(1, 1, 8), fix(1, 1, 7)], { positions: [fix(1, 1, 6)] }]) {
    const answer = await server.now.post('/v1/positions', token, body);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.equal(answer.json.type, 'ack');
    assert.equal(answer.json.accepted, Array.isArray(body) ? 2 : 1);
    assert.ok(!('id' in answer.json));
  }
  assert.equal((await historyOf(name)).length, 4);
});

test('HTTP takes gzip, and refuses other encodings by name', async () => {
  const name = fresh('agent');
  const token = server.now.agentToken(name);
  const body = gzipSync(JSON.stringify([fix(5, 5, 2)]));
  const answer = await server.now.request('POST', '/v1/positions', { token, body, headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' } });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.accepted, 1);
  const brotli = await server.now.request('POST', '/v1/positions', { token, body, headers: { 'content-encoding': 'br' } });
  assert.equal(brotli.status, 415);
  assert.equal(brotli.json.code, 'unsupported_encoding');
});

test('names and times are taken as phones spell them', async () => {
  const name = fresh('agent');
  const now = Math.floor(Date.now() / 1000);
  const ack = await server.now.report(name, [
    { lat: 1, lng: 2, recorded_at: now - 50 },
    { latitude: 1, longitude: 2, recorded_at: (now - 40) * 1000 },
    { lat: '1', lon: '2', recorded_at: String(now - 30) },
    { lat: 1, lon: 2, recorded_at: new Date((now - 20) * 1000).toISOString().replace('Z', '+00:00') },
  ]);
  assert.deepEqual([ack.accepted, ack.quarantined], [4, []]);
  const history = await historyOf(name);
  assert.deepEqual(history.map(({ lat, lon }) => [lat, lon]), [[1, 2], [1, 2], [1, 2], [1, 2]]);
  assert.deepEqual(history.map(({ recorded_at }) => Date.parse(recorded_at) / 1000), [now - 50, now - 40, now - 30, now - 20]);
});

test('the shapes of existing back ends are taken at their own paths', async () => {
  const gateway = server.now.token({ sub: fresh('gateway'), role: 'gateway', team: 'north', teams: '*' });
  const [employee, vehicle, other] = [fresh('employee'), fresh('vehicle'), fresh('vehicle')];
  const time = Math.floor(Date.now() / 1000) - 5;
  const calls = [
    ['/api/location', { employeeId: employee, latitude: 10, longitude: 20, timestamp: new Date(time * 1000).toISOString() }],
    ['/api/tracking/location', { vehicleId: vehicle, lat: 11, lng: 21, speed: 36, time }],
    ['/api/tracking/batch', { updates: [{ vehicleId: other, lat: 12, lng: 22, time }, { employeeId: employee, latitude: 10, longitude: 20, timestamp: time + 1 }] }],
  ];
  for (const [path, body] of calls) {
    const answer = await server.now.post(path, gateway, body);
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    assert.deepEqual([answer.json.accepted, answer.json.quarantined], [path.endsWith('batch') ? 2 : 1, []], path);
  }
  assert.equal((await historyOf(employee)).length, 2);
  const [position] = await historyOf(vehicle);
  assert.deepEqual([position.lat, position.lon], [11, 21]);
  assert.ok(Math.abs(position.speed_mps - 10) < 0.02, 'km/h became m/s');
});

const bad = [
  [{ lon: 1, recorded_at: ago(1) }, 'latitude_missing'],
  [{ lat: 'north', lon: 1, recorded_at: ago(1) }, 'latitude_not_a_number'],
  [fix(-90.5, 1), 'latitude_out_of_range'],
  [{ lat: 1, recorded_at: ago(1) }, 'longitude_missing'],
  [{ lat: 1, lon: {}, recorded_at: ago(1) }, 'longitude_not_a_number'],
  [fix(1, 180.5), 'longitude_out_of_range'],
  [{ lat: 1, lon: 1 }, 'recorded_at_missing'],
  [{ lat: 1, lon: 1, recorded_at: 'yesterday' }, 'recorded_at_unreadable'],
  [fix(1, 1, -3600), 'recorded_at_in_future'],
  [{ lat: 1, lon: 1, recorded_at: '1999-12-31T23:59:59Z' }, 'recorded_at_before_2000'],
  [[1, 2], 'record_not_an_object'],
  [fix(1, 1, 1, { attributes: { text: 'x'.repeat(4000) } }), 'record_too_big'],
];

test('every kind of bad record is set aside with its code, and listed with the record as it came', async () => {
  const name = fresh('agent');
  const team = fresh('team');
  const before_ = await server.now.metric('fieldcast_fixes_total', { outcome: 'quarantined' });
  const ack = await server.now.report(name, [...bad.map(([record]) => record), fix(1, 1)], team);
  assert.deepEqual(ack.quarantined, bad.map(([, code], index) => ({ index, code })));
  assert.equal(ack.accepted, 1);
  const listed = await server.now.get(`/v1/quarantine?team=${team}&agent=${name}`, server.now.managerToken());
  assert.equal(listed.status, 200, listed.text);
  const { records } = listed.json;
  assert.deepEqual(records.map(({ code }) => code).sort(), bad.map(([, code]) => code).sort());
  for (const record of records) {
    assert.equal(record.agent, name);
    assert.equal(record.team, team);
    assert.ok(Date.parse(record.received_at) > Date.now() - 600_000);
  }
  const recordOf = (wanted) => records.find(({ code }) => code === wanted).record;
  assert.match(recordOf('recorded_at_unreadable'), /yesterday/);
  assert.match(recordOf('latitude_out_of_range'), /-90\.5/);
  assert.match(recordOf('recorded_at_before_2000'), /1999-12-31/);
  assert.equal(await server.now.metric('fieldcast_fixes_total', { outcome: 'quarantined' }), before_ + bad.length);
});

test('the quarantine is paged, and seen only by those who may see the team', async () => {
  const name = fresh('agent');
  const team = fresh('team');
  await server.now.report(name, Array.from({ length: 5 }, (_, index) => fix(100 + index, 1)), team);
  const manager = server.now.managerToken([team]);
  const seen = [];
  let cursor = '';
  for (let page = 0; page < 5; ++page) {
    const { json, status, text } = await server.now.get(`/v1/quarantine?team=${team}&limit=2${cursor ? `&cursor=${cursor}` : ''}`, manager);
    assert.equal(status, 200, text);
    assert.ok(json.records.length <= 2);
    seen.push(...json.records);
    cursor = json.next_cursor;
    if (!cursor) break;
  }
  assert.equal(seen.length, 5);
  assert.equal(new Set(seen.map((one) => JSON.stringify(one.record))).size, 5, 'none twice');
  const foreign = await server.now.get(`/v1/quarantine?team=${team}`, server.now.managerToken(['elsewhere']));
  assert.equal(foreign.status, 403);
  assert.equal(foreign.json.code, 'forbidden');
});

test('an agent reports only for itself', async () => {
  const [name, victim] = [fresh('agent'), fresh('agent')];
  await server.now.report(victim, fix(1, 1, 5));
  const agent = await server.now.agent(name);
  const ack = await agent.request({ type: 'positions', positions: [fix(2, 2, 3, { agent: victim }), fix(3, 3, 2, { agent: name }), fix(4, 4, 1)] });
  assert.deepEqual([ack.accepted, ack.quarantined], [2, [{ index: 0, code: 'agent_not_permitted' }]]);
  assert.deepEqual((await historyOf(victim)).map(({ lat }) => lat), [1]);
});

test('a gateway reports for the agents of its teams, and must name them', async () => {
  const team = fresh('team');
  const [mine, foreign] = [fresh('agent'), fresh('agent')];
  await server.now.report(foreign, fix(1, 1, 9), 'elsewhere');
  const gateway = await server.now.agent('gateway', team, { role: 'gateway' });
  const ack = await gateway.request({
    type: 'positions',
    positions: [fix(5, 5, 3, { agent: mine }), fix(6, 6, 2), fix(7, 7, 1, { agent: foreign }), fix(8, 8, 1, { agent: mine })],
  });
  assert.equal(ack.accepted, 2);
  assert.deepEqual(ack.quarantined, [{ index: 1, code: 'agent_missing' }, { index: 2, code: 'agent_not_permitted' }]);
  assert.equal((await historyOf(mine)).length, 2);
  assert.equal((await historyOf(foreign)).length, 1);
});

test('a manager may not report, and who has no token may nothing', async () => {
  const body = fix(1, 1);
  const manager = await server.now.post('/v1/positions', server.now.managerToken(), body);
  assert.equal(manager.status, 403, manager.text);
  assert.match(manager.headers['content-type'], /^application\/problem\+json/);
  assert.equal(manager.json.code, 'forbidden');
  const nobody = await server.now.post('/v1/positions', undefined, body);
  assert.equal(nobody.status, 401);
  assert.equal(nobody.json.code, 'unauthenticated');
  const socket = await server.now.manager();
  assert.equal((await socket.request({ type: 'position', ...body })).code, 'forbidden');
});

test('an optional value that makes no sense is dropped; the fix is kept', async () => {
  const name = fresh('agent');
  const ack = await server.now.report(name, fix(1, 2, 1, { speed_mps: -1, battery: 400, heading_deg: 'up', activity: 'flying' }));
  assert.equal(ack.accepted, 1);
  const [position] = await historyOf(name);
  for (const key of ['speed_mps', 'battery', 'heading_deg', 'activity']) assert.ok(!(key in position), key);
});

test('unknown fields are ignored, unknown types answered, and the connection stays', async () => {
  const agent = await server.now.agent(fresh('agent'));
  assert.equal((await agent.request({ type: 'dance' })).code, 'unknown_type');
  assert.equal((await agent.request({})).type, 'error');
  agent.send('not json');
  assert.equal((await agent.waitFor((one) => one.code === 'bad_json', 'bad_json')).type, 'error');
  assert.equal((await agent.request({ type: 'position', ...fix(1, 1), shoe_size: 43, version: { a: [1] } })).accepted, 1);
  const pong = await agent.request({ type: 'ping' });
  assert.equal(pong.type, 'pong');
  assert.ok(Math.abs(Date.parse(pong.server_time) - Date.now()) < 60_000);
});

test('every acknowledged fix of a busy hour is there, once', async () => {
  const name = fresh('agent');
  const agent = await server.now.agent(name);
  const batches = Array.from({ length: 8 }, (_, batch) =>
    Array.from({ length: 450 }, (_, index) => fix(1 + batch, index / 1000, 3600 - batch * 450 - index)));
  const acks = await Promise.all(batches.map((positions) => agent.request({ type: 'positions', positions }, 30)));
  assert.deepEqual(acks.map(({ accepted }) => accepted), Array(8).fill(450));
  const times = [];
  let cursor = '';
  do {
    const { json } = await server.now.get(`/v1/agents/${name}/positions?limit=1000${cursor ? `&cursor=${cursor}` : ''}`, server.now.managerToken());
    times.push(...json.positions.map(({ recorded_at }) => Date.parse(recorded_at)));
    cursor = json.next_cursor;
  } while (cursor);
  assert.equal(times.length, 3600);
  assert.ok(times.every((time, index) => index === 0 || time > times[index - 1]), 'oldest first, none twice');
});
