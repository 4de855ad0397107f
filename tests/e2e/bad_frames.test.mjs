// WebSocket bytes that no decent client sends: each ends with its name, and the server serves on.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { RawWebSocket, connectRaw, frame, textFrame } from './lib/raw.mjs';
import { fix, fresh, sharedServer, startServer } from './lib/server.mjs';
import { until } from './lib/waiting.mjs';

const server = sharedServer({ before, after });

const open = () => RawWebSocket.open(server.now, server.now.agentToken(fresh('agent')));

/** Sends the bytes and gives the close that answers them. */
async function closeAfter(...pieces) {
  const socket = await open();
  await socket.waitForMessage((one) => one.type === 'welcome', 'welcome');
  for (const piece of pieces) await socket.raw.write(piece);
  return socket.waitForClose();
}

// The server still serves after every one of these.
afterEach(async () => {
  const agent = await server.now.agent(fresh('agent'));
  assert.equal((await agent.request({ type: 'position', ...fix(1, 1) })).accepted, 1);
  await agent.close();
});

const badFrame = { code: 4000, reason: 'bad_frame' };
const violations = [
  ['text that is not UTF-8', [frame(1, Buffer.from([0x22, 0xff, 0xfe, 0x22]))]],
  ['a surrogate in UTF-8', [frame(1, Buffer.from([0xed, 0xa0, 0x80]))]],
  ['an overlong form in UTF-8', [frame(1, Buffer.from([0xc0, 0xaf]))]],
  ['a character cut at the end of a message', [frame(1, Buffer.from([0x22, 0xe2, 0x82]))]],
  ['an unmasked frame', [textFrame({ type: 'ping' }, { masked: false })]],
  ['a reserved bit', [frame(1, '{}', { reserved: 0x40 })]],
  ['an unknown opcode', [frame(3, 'x')]],
  ['an unknown control opcode', [frame(11, 'x')]],
  ['a fragmented ping', [frame(9, 'x', { fin: false })]],
  ['a ping of 126 bytes', [frame(9, 'x'.repeat(126))]],
  ['a continuation of nothing', [frame(0, 'x')]],
  ['a text inside of a text', [frame(1, 'a', { fin: false }), frame(1, 'b')]],
  ['a close of one byte', [frame(8, 'x')]],
  ['a close with a code of nobody', [frame(8, Buffer.from([0x03, 0xec]))]],
  ['a length in more bytes than it needs', [Buffer.concat([Buffer.from([0x81, 0xfe, 0, 5]), Buffer.alloc(9)])]],
];
for (const [what, pieces] of violations) {
  test(`${what} ends the socket as bad_frame`, async () => {
    const closed = await server.now.metric('fieldcast_sockets_closed_total', { code: badFrame.code });
    assert.deepEqual(await closeAfter(...pieces), badFrame);
    await until('counted close', async () => (await server.now.metric('fieldcast_sockets_closed_total', { code: badFrame.code })) > closed);
  });
}

test('an oversized message ends the socket as message_too_big, before it is there', async () => {
  assert.deepEqual(await closeAfter(frame(1, 'x'.repeat(1000), { announced: 131_073 })), { code: 1009, reason: 'message_too_big' });
  assert.equal((await closeAfter(frame(1, '', { announced: 2 ** 40 }))).code, 1009);
  const negative = Buffer.concat([Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1]), Buffer.alloc(8)]);
  assert.equal((await closeAfter(negative)).code, 1009, 'a length with its highest bit set');
});

test('an oversized message in fragments ends the socket as message_too_big', async () => {
  const part = Buffer.alloc(40_000, 'x');
  const pieces = [frame(1, part, { fin: false }), frame(0, part, { fin: false }), frame(0, part, { fin: false }), frame(0, part, { fin: false })];
  assert.equal((await closeAfter(...pieces)).code, 1009);
});

test('a message of the largest size is taken', async () => {
  const socket = await open();
  const text = JSON.stringify({ type: 'ping', id: 5, filler: '' });
  await socket.raw.write(frame(1, text.replace('""', `"${'x'.repeat(131_072 - text.length)}"`)));
  await socket.waitForMessage((one) => one.type === 'pong' && one.id === 5, 'pong');
  socket.destroy();
});

test('a message in fragments, with pings between them, is one message', async () => {
  const socket = await open();
  const text = Buffer.from(JSON.stringify({ type: 'ping', id: 9, note: 'zażółć' }));
  const pieces = [];
  for (let at = 0; at < text.length; ++at) {
    pieces.push(frame(at === 0 ? 1 : 0, text.subarray(at, at + 1), { fin: at === text.length - 1 }));
    if (at === 20) pieces.push(frame(9, 'are you there'));
  }
  for (const byte of Buffer.concat(pieces)) await socket.raw.write(Buffer.from([byte]));
  await socket.waitForMessage((one) => one.type === 'pong' && one.id === 9, 'pong');
  assert.ok(socket.frames.some(({ opcode, payload }) => opcode === 10 && payload.toString() === 'are you there'));
  socket.destroy();
});

test('a message in more fragments than anybody needs ends the socket', async () => {
  const pieces = [frame(1, '"', { fin: false }), ...Array.from({ length: 1100 }, () => frame(0, 'x', { fin: false }))];
  const { code } = await closeAfter(Buffer.concat(pieces));
  assert.ok([4000, 4103].includes(code), `${code}`);
});

/**
 * Writes the bytes again and again until the server ends the connection, and gives the code it counted. Not the close
 * frame: Node throws unread bytes away when a write fails.
 */
async function codeAfterFlood(socket, bytes) {
  const closedBy = async () => {
    const { text } = await server.now.get('/metrics');
    return new Map([...text.matchAll(/^fieldcast_sockets_closed_total\{code="(\d+)"\} (\d+)/gm)].map(([, code, count]) => [Number(code), Number(count)]));
  };
  const before = await closedBy();
  while (await socket.raw.write(bytes));
  await socket.raw.waitForEnd(30);
  socket.destroy();
  return until('counted close', async () => {
    for (const [code, count] of await closedBy()) if (count > (before.get(code) ?? 0)) return code;
    return 0;
  });
}

test('a flood of empty fragments ends the socket', async () => {
  const empty = Buffer.concat([frame(1, '', { fin: false }), ...Array.from({ length: 5000 }, () => frame(0, '', { fin: false }))]);
  const code = await codeAfterFlood(await open(), empty);
  assert.ok([4000, 4103].includes(code), `${code}`);
});

test('a flood of pings ends the socket as rate_limited', async () => {
  const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, 'x')));
  assert.equal(await codeAfterFlood(await open(), pings), 4103);
});

test('a burst of messages below the limit is taken, each counted once', async () => {
  const socket = await open();
  const pongs = () => socket.messages.filter(({ type }) => type === 'pong').length;
  for (let sent = 10; sent <= 190; sent += 10) {
    await socket.raw.write(Buffer.concat(Array.from({ length: 10 }, () => textFrame({ type: 'ping' }))));
    await socket.raw.waitFor(() => pongs() >= sent || socket.messages.some(({ type }) => type === 'error'), `pong ${sent}`);
  }
  assert.deepEqual(socket.messages.filter(({ type }) => type === 'error'), []);
  socket.destroy();
});

test('messages above the rate are refused softly; a flood of them ends the socket as rate_limited', async () => {
  const socket = await open();
  await socket.raw.write(Buffer.concat(Array.from({ length: 300 }, () => textFrame({ type: 'ping' }))));
  const soft = await socket.waitForMessage((one) => one.type === 'error' && one.code === 'rate_limited', 'error');
  assert.equal(soft.temporary, true);
  assert.ok(soft.retry_after_s >= 0);
  assert.ok(socket.messages.filter(({ type }) => type === 'pong').length >= 150, 'the burst of 200 is allowed');
  const pings = Buffer.concat(Array.from({ length: 200 }, () => textFrame({ type: 'ping' })));
  assert.equal(await codeAfterFlood(socket, pings), 4103);
});

test('a binary message is answered by name', async () => {
  const socket = await open();
  await socket.raw.write(frame(2, Buffer.from([1, 2, 3])));
  const outcome = await socket.raw.waitFor(() => socket.closeFrame ?? socket.messages.find(({ type }) => type === 'error'), 'an answer');
  assert.ok(outcome.code === 'bad_json' || outcome.code === 'bad_request' || outcome.code === 4000, JSON.stringify(outcome));
  socket.destroy();
});

test('deep, huge and strange JSON is answered, and the connection stays', async () => {
  const socket = await open();
  const answers = async (text) => {
    const count = socket.messages.length;
    await socket.raw.write(frame(1, text));
    return socket.raw.waitFor(() => socket.messages[count], `answer to ${text.slice(0, 60)}`);
  };
  await socket.waitForMessage((one) => one.type === 'welcome', 'welcome');
  assert.equal((await answers('['.repeat(100_000))).code, 'bad_json');
  assert.equal((await answers(`{"type":"position","attributes":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`)).code, 'bad_json');
  for (const text of ['', ' ', 'null', 'true', '7', '"x"', '{', '{"type":', '{"type":"ping"} {"type":"ping"}', '\u0000', '{"type":"ping"}\u0000'])
    assert.equal((await answers(text)).type, 'error', JSON.stringify(text));
  assert.equal((await answers('{"type":7}')).type, 'error');
  const huge = await answers('{"type":"position","id":1,"lat":1e400,"lon":1,"recorded_at":1}');
  assert.equal(huge.type, 'ack');
  assert.equal(huge.accepted, 0);
  assert.equal(huge.quarantined.length, 1);
  assert.equal((await answers('{"type":"position","lat":NaN,"lon":1,"recorded_at":1}')).accepted, 0);
  for (const id of ['1e99', '-1e400', '99999999999999999999', '"x"', '1.5', 'null', '[]'])
    assert.ok(['ack', 'error'].includes((await answers(`{"type":"position","id":${id},"lat":1,"lon":1,"recorded_at":${Math.floor(Date.now() / 1000)}}`)).type), id);
  const long = Array.from({ length: 501 }, () => fix(1, 1));
  assert.equal((await answers(JSON.stringify({ type: 'positions', positions: long }))).code, 'too_many_positions');
  assert.equal((await answers('{"type":"ping"}')).type, 'pong');
  socket.destroy();
});

test('every cut of a message ends without harm', async () => {
  const bytes = textFrame({ type: 'position', id: 1, ...fix(1, 1) });
  for (let length = 0; length < bytes.length; length += 3) {
    const socket = await open();
    await socket.raw.write(bytes.subarray(0, length));
    socket.raw.socket.resetAndDestroy();
  }
});

test('a peer that answers no ping is gone after two of them', async (t) => {
  const own = await startServer(t, { settings: { 'server.heartbeat_s': 1 } });
  const silent = await RawWebSocket.open(own, own.managerToken());
  const answering = await own.manager(); // npm ws answers pings
  const closed = await silent.raw.waitFor(() => silent.closeFrame || silent.raw.isClosed, 'end of the silent', 20);
  if (closed !== true) assert.equal(closed.code, 4102);
  await until('counted close', async () => (await own.metric('fieldcast_sockets_closed_total', { code: 4102 })) === 1);
  assert.equal((await answering.request({ type: 'ping' })).type, 'pong');
  assert.ok(silent.frames.some(({ opcode }) => opcode === 9), 'it was asked');
});

test('a half-open connection in the middle of its upgrade holds nobody up', async () => {
  const half = await connectRaw(server.now);
  await half.write('GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n');
  assert.equal((await server.now.get('/healthz')).status, 200);
  half.socket.resetAndDestroy();
});

test('bytes right behind the upgrade are taken', async () => {
  const raw = await connectRaw(server.now);
  const token = server.now.managerToken();
  await raw.write(Buffer.concat([
    Buffer.from(`GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ${token}\r\n\r\n`),
    textFrame({ type: 'ping', id: 1 }),
  ]));
  await raw.waitFor(() => /"pong"/.test(raw.text), 'pong');
  assert.match(raw.text, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
});

const upgrades = [
  ['another version', { 'Sec-WebSocket-Version': '8' }, [400, 426]],
  ['no key', { 'Sec-WebSocket-Key': null }, [400]],
  ['a short key', { 'Sec-WebSocket-Key': 'abc' }, [400]],
  ['another method', { method: 'POST' }, [400, 405]],
];
for (const [what, change, statuses] of upgrades) {
  test(`an upgrade with ${what} is refused`, async () => {
    const headers = {
      Host: 'x', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', Authorization: `Bearer ${server.now.managerToken()}`, ...change,
    };
    const lines = Object.entries(headers).filter(([name, value]) => value !== null && name !== 'method').map(([name, value]) => `${name}: ${value}`);
    const raw = await connectRaw(server.now);
    await raw.write(`${change.method ?? 'GET'} /v1/ws HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    const { status } = await raw.response();
    assert.ok(statuses.includes(status), `${status}`);
    raw.destroy();
  });
}
