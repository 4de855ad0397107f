// HTTP that no decent client sends: each is answered by name, and the server serves on.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { connectRaw } from './lib/raw.mjs';
import { ago, fix, fresh, sharedServer } from './lib/server.mjs';
import { until } from './lib/waiting.mjs';

const site = mkdtempSync(join(tmpdir(), 'fieldcast-e2e-site-'));
after(() => rmSync(site, { recursive: true, force: true }));
mkdirSync(join(site, 'web/assets'), { recursive: true });
writeFileSync(join(site, 'secret.txt'), 'the-secret');
writeFileSync(join(site, 'web/index.html'), '<!doctype html><title>Map</title>');
writeFileSync(join(site, 'web/assets/app-1a2b3c.js'), 'console.log(1);');
writeFileSync(join(site, 'web/tiles.pmtiles'), '0123456789');
symlinkSync(join(site, 'secret.txt'), join(site, 'web/link.txt'));

const server = sharedServer({ before, after }, {
  settings: { 'server.web_root': join(site, 'web'), 'server.header_within_s': 1, 'server.body_within_s': 2 },
});

afterEach(async () => {
  assert.equal((await server.now.report(fresh('agent'), fix(1, 1))).accepted, 1, 'the server serves on');
});

/** Sends the text on a fresh connection and gives the response. */
async function exchange(text) {
  const raw = await connectRaw(server.now);
  await raw.write(text);
  const response = await raw.response(20);
  raw.destroy();
  return response;
}

async function isAnswered(text, status, code) {
  const counted = await server.now.metric('fieldcast_http_responses_total', { status });
  const response = await exchange(text);
  assert.equal(response.status, status, response.body);
  if (code) {
    assert.equal(response.json?.code, code);
    assert.match(response.head, /content-type: application\/problem\+json/i);
  }
  await until(`a counted ${status}`, async () => (await server.now.metric('fieldcast_http_responses_total', { status })) > counted);
}

test('headers without end are refused as headers_too_big', async () => {
  await isAnswered(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_big');
});

test('a flood of headers is refused as headers_too_big', async () => {
  const many = Array.from({ length: 200 }, (_, index) => `A${index}: b\r\n`).join('');
  await isAnswered(`GET / HTTP/1.1\r\nHost: x\r\n${many}\r\n`, 431, 'headers_too_big');
});

test('a path without end is refused', async () => {
  const { status } = await exchange(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  assert.ok([400, 414, 431].includes(status), `${status}`);
});

test('headers that do not come are given up as request_timeout', async () => {
  await isAnswered('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ', 408, 'request_timeout');
});

test('headers that come byte by byte do not extend their time', async () => {
  const raw = await connectRaw(server.now);
  let ended = false;
  raw.ended.then(() => (ended = true));
  const answer = raw.response(20).catch(() => ({ status: 408 }));
  await raw.write('GET / HTTP/1.1\r\nHost: x\r\n');
  const trickle = setInterval(() => raw.write('X-A: b\r\n'), 50);
  try {
    assert.equal((await answer).status, 408);
    await raw.waitForEnd();
    assert.ok(ended);
  } finally {
    clearInterval(trickle);
  }
});

test('a body that does not come is given up as request_timeout', async () => {
  const token = server.now.agentToken(fresh('agent'));
  await isAnswered(`POST /v1/positions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n[`, 408, 'request_timeout');
});

const smuggling = [
  ['Content-Length and Transfer-Encoding', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n'],
  ['two different Content-Lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n'],
  ['a negative Content-Length', 'Content-Length: -1\r\n'],
  ['a Content-Length that is no number', 'Content-Length: 4x\r\n'],
  ['a Content-Length beyond all numbers', 'Content-Length: 99999999999999999999999\r\n'],
  ['chunked twice', 'Transfer-Encoding: chunked, chunked\r\n'],
  ['a header name with a blank', 'Content-Length : 4\r\n'],
];
for (const [what, header] of smuggling) {
  test(`${what} is refused, and nothing behind it is read`, async () => {
    const token = server.now.agentToken(fresh('agent'));
    const raw = await connectRaw(server.now);
    await raw.write(`POST /v1/positions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${header}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`);
    const { status } = await raw.response();
    assert.ok([400, 413].includes(status), `${status}`);
    await raw.waitForEnd();
    assert.equal(raw.text.match(/HTTP\/1\.1 \d/g).length, 1, raw.text);
  });
}

for (const line of ['GET', 'GET /', 'GET / HTTP/9.9', '\u0000\u0001\u0002', 'GET  / HTTP/1.1', '{"lat":1}', 'PRI * HTTP/2.0']) {
  test(`the request line ${JSON.stringify(line)} is refused`, async () => {
    const raw = await connectRaw(server.now);
    await raw.write(`${line}\r\nHost: x\r\n\r\n`);
    const answer = await raw.response(20).catch(() => null);
    if (answer) assert.ok([400, 505].includes(answer.status), `${answer.status}`);
    await raw.waitForEnd();
  });
}

test('a body above the limit is refused by its length alone', async () => {
  const token = server.now.agentToken(fresh('agent'));
  await isAnswered(`POST /v1/positions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${9 * 2 ** 20}\r\n\r\n`, 413, 'body_too_big');
});

test('a chunked body above the limit is refused once it is', async () => {
  const token = server.now.agentToken(fresh('agent'));
  const raw = await connectRaw(server.now);
  await raw.write(`POST /v1/positions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const answer = raw.response(30);
  const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
  for (let count = 0; count < 200 && !raw.received.length; ++count) if (!(await raw.write(chunk))) break;
  assert.equal((await answer).status, 413);
});

test('a gzip bomb is refused once it is larger than allowed', async () => {
  const token = server.now.agentToken(fresh('agent'));
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, ' '));
  const answer = await server.now.request('POST', '/v1/positions', { token, body: bomb, headers: { 'content-encoding': 'gzip' } });
  assert.deepEqual([answer.status, answer.json.code], [413, 'body_too_big']);
  const broken = await server.now.request('POST', '/v1/positions', { token, body: Buffer.from('not gzip'), headers: { 'content-encoding': 'gzip' } });
  assert.equal(broken.status, 400);
});

test('10,000 positions in one request are taken; one more is not, and then none is', async () => {
  const [full, over] = [fresh('agent'), fresh('agent')];
  const positions = Array.from({ length: 10_001 }, (_, index) => ({ lat: 1, lon: 1, recorded_at: Math.floor(Date.now() / 1000) - index }));
  assert.equal((await server.now.report(full, positions.slice(1))).accepted, 10_000);
  const answer = await server.now.post('/v1/positions', server.now.agentToken(over), positions);
  assert.deepEqual([answer.status, answer.json.code], [413, 'too_many_positions']);
  const history = await server.now.get(`/v1/agents/${over}/positions`, server.now.managerToken());
  assert.equal(history.json.positions?.length ?? 0, 0);
});

for (const [body, code] of [['', 'bad_json'], ['{', 'bad_json'], ['null', 'bad_json'], ['7', 'bad_json'], ['['.repeat(1_000_000), 'bad_json'], ['{"positions":7}', 'bad_request'], ['{"lat":1}\u0000', 'bad_json'], [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'bad_json']]) {
  test(`the body ${JSON.stringify(body.toString('latin1').slice(0, 20))} is a ${code}`, async () => {
    const answer = await server.now.post('/v1/positions', server.now.agentToken(fresh('agent')), body);
    assert.deepEqual([answer.status, answer.json.code], [400, code]);
  });
}

test('numbers beyond a double concern their record only', async () => {
  const body = `[{"lat":1e999,"lon":1,"recorded_at":"${ago(1)}"},{"lat":1,"lon":-1e999,"recorded_at":"${ago(1)}"},{"lat":1,"lon":1,"recorded_at":1e300},{"lat":1,"lon":1,"recorded_at":"${ago(1)}"}]`;
  const answer = await server.now.post('/v1/positions', server.now.agentToken(fresh('agent')), body);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.accepted, 1);
  assert.deepEqual(answer.json.quarantined.map(({ index }) => index), [0, 1, 2]);
});

test('ids that look like SQL are ids', async () => {
  for (const name of [`'; DROP TABLE positions; --`, `" OR "1"="1`, `%' UNION SELECT 1--`, '\\', '../../x']) {
    await server.now.report(name, fix(1, 1, 1), name);
    const { json } = await server.now.get(`/v1/teams/${encodeURIComponent(name)}/agents`, server.now.managerToken());
    assert.deepEqual(json.agents?.map(({ agent }) => agent), [name]);
  }
});

test('a token with ids that are none is refused, not stored', async () => {
  for (const sub of ['', 'x'.repeat(129), 'a\u0000b', 'a\nb', null, {}, ['a']]) {
    const answer = await server.now.post('/v1/positions', server.now.token({ sub, role: 'agent', team: 'north' }), fix(1, 1));
    assert.equal(answer.status, 401, JSON.stringify(sub));
  }
});

for (const path of [
  '/../secret.txt', '/assets/../../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/%2e%2e%2fsecret.txt', '/..%5csecret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt', '//secret.txt', '/./../secret.txt', '/%252e%252e/secret.txt', '/secret.txt%00.html', '/....//secret.txt', '/link.txt',
]) {
  test(`${path} leads nowhere outside of the web root`, async () => {
    const { body, status } = await exchange(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.doesNotMatch(body, /the-secret/);
    assert.ok(status === 400 || status === 404 || (status === 200 && /<title>Map/.test(body)), `${status}`);
  });
}

test('static files come with their type, an ETag and ranges', async () => {
  const page = await server.now.get('/');
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
  assert.match(page.text, /<title>Map/);
  const script = await server.now.get('/assets/app-1a2b3c.js');
  assert.match(script.headers['content-type'], /javascript/);
  assert.ok(script.headers.etag);
  const unchanged = await server.now.get('/assets/app-1a2b3c.js', undefined, { 'if-none-match': script.headers.etag });
  assert.equal(unchanged.status, 304);
  const range = await server.now.get('/tiles.pmtiles', undefined, { range: 'bytes=2-4' });
  assert.deepEqual([range.status, range.text, range.headers['content-range']], [206, '234', 'bytes 2-4/10']);
  assert.equal((await server.now.get('/tiles.pmtiles', undefined, { range: 'bytes=-3' })).text, '789');
  assert.equal((await server.now.get('/tiles.pmtiles', undefined, { range: 'bytes=50-60' })).status, 416);
  assert.equal((await server.now.get('/assets/nothing.js')).status, 404);
  const head = await server.now.request('HEAD', '/');
  assert.deepEqual([head.status, head.text], [200, '']);
});

test('requests in one go are answered in order on one connection', async () => {
  const raw = await connectRaw(server.now);
  await raw.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await raw.waitForEnd();
  assert.deepEqual(raw.text.match(/HTTP\/1\.1 (\d{3})/g).map((line) => line.slice(-3)), ['200', '404', '200']);
});
