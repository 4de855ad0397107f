// Who may come in, and what they may see.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fix, fresh, sharedServer, startServer, temporaryFolder } from './lib/server.mjs';
import { connect, open, refusal } from './lib/socket.mjs';
import { claims, makeKeyPair, makeSecret, signToken, unixNow } from './lib/tokens.mjs';

const keys = { RS256: makeKeyPair('RS256'), ES256: makeKeyPair('ES256'), EdDSA: makeKeyPair('EdDSA') };
const settingsFolder = mkdtempSync(join(tmpdir(), 'fieldcast-e2e-'));
after(() => rmSync(settingsFolder, { recursive: true, force: true }));

function keysFile() {
  let text = '';
  for (const [algorithm, { publicPem }] of Object.entries(keys)) {
    const pem = join(settingsFolder, `${algorithm}.pem`);
    writeFileSync(pem, publicPem);
    text += `[[access.keys]]\nkid = "${algorithm}"\nalgorithm = "${algorithm}"\npem_file = "${pem}"\n\n`;
  }
  const file = join(settingsFolder, 'fieldcast.toml');
  writeFileSync(file, text);
  return file;
}

const server = sharedServer({ before, after }, () => ({
  args: ['--config', keysFile()],
  settings: { 'server.origins': 'https://map.example', 'server.cors_origins': 'https://map.example', 'session.hello_within_s': 1 },
}));

const me = async (token, headers) => server.now.get('/v1/me', token, headers);
const isRefused = async (token, code = 'unauthenticated') => {
  const { status, json, headers } = await me(token);
  assert.deepEqual([status, json?.code], [401, code]);
  assert.match(headers['www-authenticate'] ?? 'Bearer', /Bearer/);
};

for (const algorithm of Object.keys(keys)) {
  test(`a token signed with ${algorithm} is taken`, async () => {
    const token = signToken(algorithm, keys[algorithm].privateKey, claims({ sub: 'ana', role: 'manager', teams: '*' }), { kid: algorithm });
    assert.equal((await me(token)).json?.user, 'ana');
    const socket = await connect(server.now, token);
    assert.equal(socket.welcome.user, 'ana');
  });
}

test('HS256 is taken; another secret, a changed payload and a cut token are not', async () => {
  const token = server.now.managerToken();
  assert.equal((await me(token)).status, 200);
  await isRefused(signToken('HS256', makeSecret(), claims({ sub: 'ana', role: 'admin' })));
  const [head, , mac] = token.split('.');
  const payload = Buffer.from(JSON.stringify(claims({ sub: 'ana', role: 'admin' }))).toString('base64url');
  await isRefused(`${head}.${payload}.${mac}`);
  await isRefused(token.slice(0, -2));
  await isRefused(`${token}.`);
  await isRefused('garbage');
  await isRefused('a.b.c');
});

test('unsigned tokens are not taken', async () => {
  for (const alg of ['none', 'None', 'NONE', '']) await isRefused(signToken(alg, '', claims({ sub: 'ana', role: 'admin' })));
  const signed = server.now.managerToken();
  await isRefused(`${signed.split('.').slice(0, 2).join('.')}.`);
});

test('a public key is no HMAC secret', async () => {
  for (const algorithm of Object.keys(keys)) {
    for (const secret of [keys[algorithm].publicPem, keys[algorithm].publicPem.trim(), createPublicKey(keys[algorithm].publicPem).export({ type: 'spki', format: 'der' })])
      await isRefused(signToken('HS256', secret, claims({ sub: 'ana', role: 'admin' }), { kid: algorithm }));
  }
});

test("a key serves its own algorithm only, and `crit` is refused", async () => {
  const other = claims({ sub: 'ana', role: 'admin' });
  await isRefused(signToken('RS256', keys.RS256.privateKey, other, { kid: 'ES256' }));
  await isRefused(signToken('HS256', server.now.secret, other, { alg: 'RS256', kid: 'RS256' }));
  await isRefused(signToken('RS256', keys.RS256.privateKey, other, { kid: 'nobody-has-it' }));
  await isRefused(signToken('HS256', server.now.secret, other, { crit: ['exp'] }));
});

test('expired, not yet valid and endless tokens are not taken', async () => {
  await isRefused(server.now.managerToken('*', { exp: unixNow() - 120 }), 'token_expired');
  await isRefused(server.now.managerToken('*', { nbf: unixNow() + 3600 }));
  await isRefused(server.now.managerToken('*', { exp: undefined }));
  await isRefused(server.now.managerToken('*', { sub: undefined }));
  await isRefused(server.now.managerToken('*', { exp: 'tomorrow' }));
  assert.equal((await me(server.now.managerToken('*', { exp: unixNow() - 20 }))).status, 200, 'clocks may differ by a minute');
});

test('an upgrade with a bad token is refused before it is a socket', async () => {
  const refused = await refusal(server.now, { token: 'garbage' });
  assert.deepEqual([refused.status, refused.json.code], [401, 'unauthenticated']);
});

test('a manager sees its own teams only', async () => {
  const [mine, foreign] = [fresh('team'), fresh('team')];
  const [friend, stranger] = [fresh('agent'), fresh('agent')];
  await server.now.report(friend, fix(1, 1, 9), mine);
  await server.now.report(stranger, fix(1, 1, 9), foreign);
  const manager = await server.now.manager([mine]);
  assert.equal((await manager.subscribe(`team:${mine}`)).type, 'snapshot');
  assert.equal((await manager.subscribe(`agent:${friend}`)).type, 'snapshot');
  for (const room of [`team:${foreign}`, `agent:${stranger}`]) {
    const answer = await manager.subscribe(room);
    assert.equal(answer.type, 'error', room);
    assert.ok(['forbidden', 'room_unknown'].includes(answer.code), answer.code);
  }
  await server.now.report(stranger, fix(2, 2, 5), foreign);
  await server.now.report(friend, fix(2, 2, 5), mine);
  await manager.sees(friend);
  assert.deepEqual(manager.positionsOf(stranger), []);
  const token = server.now.managerToken([mine]);
  for (const path of [`/v1/teams/${foreign}/agents`, `/v1/agents/${stranger}/positions`, `/v1/nearby?team=${foreign}&lat=1&lon=1&radius_m=100`, `/v1/quarantine?team=${foreign}`]) {
    const { status, text } = await server.now.get(path, token);
    assert.ok([403, 404].includes(status), `${path}: ${status}`);
    assert.doesNotMatch(text, new RegExp(stranger), path);
  }
});

test('organisations do not see each other, whatever the names and roles', async () => {
  const team = fresh('team');
  const name = fresh('agent');
  await server.now.report(name, fix(1, 1, 30), team, { org: 'acme' });
  const spy = await server.now.manager('*', { org: 'globex', role: 'admin' });
  assert.deepEqual((await spy.subscribe(`team:${team}`)).agents, []);
  assert.equal((await spy.subscribe(`agent:${name}`)).code, 'room_unknown');
  await server.now.report(name, fix(2, 2, 20), team, { org: 'acme' });
  const twin = await server.now.report(name, fix(50, 50, 10), team, { org: 'globex' });
  assert.equal(twin.accepted, 1);
  await spy.sees(name);
  assert.deepEqual(spy.positionsOf(name).map(({ lat }) => lat), [50]);
  const token = server.now.managerToken('*', { org: 'globex', role: 'admin' });
  const history = await server.now.get(`/v1/agents/${name}/positions`, token);
  assert.deepEqual(history.json.positions.map(({ lat }) => lat), [50]);
  const teams = await server.now.get('/v1/teams', token);
  assert.ok(teams.json.teams.every(({ agents }) => agents <= 1));
});

test('an agent may watch itself, and not its team', async () => {
  const name = fresh('agent');
  const agent = await server.now.agent(name);
  await agent.request({ type: 'position', ...fix(1, 1, 5) });
  assert.equal((await agent.subscribe(`agent:${name}`)).type, 'snapshot');
  assert.equal((await agent.subscribe('team:north')).code, 'forbidden');
});

test('a ticket opens one socket, once', async () => {
  const issued = await server.now.post('/v1/tickets', server.now.managerToken());
  assert.equal(issued.status, 200, issued.text);
  const { ticket, expires_at } = issued.json;
  assert.ok(Date.parse(expires_at) > Date.now() && Date.parse(expires_at) < Date.now() + 60_000);
  const socket = await connect(server.now, undefined, { ticket });
  assert.equal(socket.welcome.user, 'boss');
  for (const again of [ticket, 'made-up']) {
    const outcome = await open(server.now, { ticket: again }).then((client) => client.waitForClose(), (error) => error);
    assert.ok(outcome.code === 4001 || outcome.status === 401, JSON.stringify(outcome));
  }
  assert.equal((await server.now.post('/v1/tickets')).status, 401);
});

test('a token may come in the first message; a wrong one ends the socket', async () => {
  const socket = await open(server.now);
  socket.send({ type: 'hello', token: server.now.managerToken() });
  assert.equal((await socket.waitFor((one) => one.type === 'welcome', 'welcome')).user, 'boss');
  const wrong = await open(server.now);
  wrong.send({ type: 'hello', token: 'garbage' });
  assert.equal((await wrong.waitForClose()).code, 4001);
  const early = await open(server.now);
  early.send({ type: 'subscribe', id: 1, room: 'team:north' });
  assert.equal((await early.waitForClose()).code, 4001);
});

test('who says nothing is sent away', async () => {
  const socket = await open(server.now);
  assert.equal((await socket.waitForClose()).code, 4001);
});

test('a session is renewed in place, and rooms no longer permitted are left', async () => {
  const [keeps, loses] = [fresh('team'), fresh('team')];
  const manager = await server.now.manager([keeps, loses]);
  await manager.subscribe(`team:${keeps}`);
  await manager.subscribe(`team:${loses}`);
  assert.equal((await manager.request({ type: 'auth', token: server.now.managerToken([keeps]) })).type, 'ok');
  await manager.waitFor((one) => one.type === 'error' && one.room === `team:${loses}` && one.code === 'forbidden', 'loss of the room');
  const [friend, stranger] = [fresh('agent'), fresh('agent')];
  await server.now.report(stranger, fix(1, 1), loses);
  await server.now.report(friend, fix(1, 1), keeps);
  await manager.sees(friend);
  assert.deepEqual(manager.positionsOf(stranger), []);
  const other = await manager.request({ type: 'auth', token: server.now.managerToken('*', { sub: 'somebody-else' }) }).catch(() => null);
  if (other) assert.equal(other.type, 'error');
  else assert.equal(manager.closeCode, 4001);
});

test('a session ends with its token, after a warning; a renewed one goes on', async (t) => {
  const strict = await startServer(t, { settings: { 'access.leeway_s': 0 } });
  const short = () => strict.managerToken('*', { exp: unixNow() + 3 });
  const ends = await connect(strict, short());
  const renewed = await connect(strict, short());
  assert.equal((await renewed.request({ type: 'auth', token: strict.managerToken() })).type, 'ok');
  assert.ok((await ends.waitFor((one) => one.type === 'token_expiring', 'warning')).in_s <= 10);
  assert.equal((await ends.waitForClose()).code, 4201);
  assert.equal((await renewed.request({ type: 'ping' })).type, 'pong');
});

test('pages of other origins may not connect', async () => {
  const refused = await refusal(server.now, { token: server.now.managerToken(), origin: 'https://evil.example' });
  assert.deepEqual([refused.status, refused.json.code], [403, 'origin_not_allowed']);
  for (const origin of ['https://map.example.evil.example', 'http://map.example', 'null', 'https://map.example:444'])
    assert.equal((await refusal(server.now, { token: server.now.managerToken(), origin })).status, 403, origin);
  await connect(server.now, server.now.managerToken(), { origin: 'https://map.example' });
});

test('CORS admits the configured origin and no other', async () => {
  const preflight = (origin) => server.now.request('OPTIONS', '/v1/positions', {
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
  });
  const good = await preflight('https://map.example');
  assert.ok([200, 204].includes(good.status), `${good.status}`);
  assert.equal(good.headers['access-control-allow-origin'], 'https://map.example');
  assert.match(good.headers['access-control-allow-methods'], /POST/);
  assert.match(good.headers['access-control-allow-headers'], /authorization/i);
  assert.equal((await preflight('https://evil.example')).headers['access-control-allow-origin'], undefined);
  const answer = await me(server.now.managerToken(), { origin: 'https://map.example' });
  assert.equal(answer.headers['access-control-allow-origin'], 'https://map.example');
  assert.match(answer.headers.vary ?? '', /origin/i);
});

test('an agent that connects again replaces its earlier socket', async () => {
  const name = fresh('agent');
  const first = await server.now.agent(name);
  const second = await server.now.agent(name);
  assert.equal((await first.waitForClose()).code, 4008);
  assert.equal((await second.request({ type: 'position', ...fix(1, 1) })).accepted, 1);
  const [one, two] = [await server.now.manager(), await server.now.manager()];
  assert.equal((await one.request({ type: 'ping' })).type, 'pong', 'a manager may have several');
  assert.equal((await two.request({ type: 'ping' })).type, 'pong');
});

test('claims may have other names, and issuer and audience are checked', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'fieldcast.toml');
  writeFileSync(file, `[access]\nissuer = "https://id.example"\naudience = "fieldcast"\n[access.claims]\nteams = "app.groups"\nrole = "app.role"\n`);
  const own = await startServer(t, { folder, args: ['--config', file] });
  const token = (more) => own.token({ sub: 'ana', iss: 'https://id.example', aud: ['x', 'fieldcast'], app: { role: 'manager', groups: ['north'] }, ...more });
  const manager = await connect(own, token());
  assert.equal((await manager.subscribe('team:north')).type, 'snapshot');
  assert.equal((await manager.subscribe('team:south')).code, 'forbidden');
  for (const more of [{ iss: 'https://evil.example' }, { aud: 'other' }, { aud: undefined }])
    assert.equal((await own.get('/v1/me', token(more))).status, 401, JSON.stringify(more));
});

test('no token and no ticket is ever logged', async () => {
  assert.doesNotMatch(server.now.stderr + server.now.stdout, /eyJ[\w-]{10,}\./);
  assert.doesNotMatch(server.now.stderr + server.now.stdout, /ticket=/);
});
