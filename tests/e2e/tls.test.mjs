// The same over TLS.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RawWebSocket, connectRaw } from './lib/raw.mjs';
import { fix, startServer, temporaryFolder } from './lib/server.mjs';
import { connect } from './lib/socket.mjs';
import { until } from './lib/waiting.mjs';

function makeCertificate(folder, name = 'server') {
  const [certificate, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', certificate,
  ], { stdio: 'ignore' });
  return { certificate, key };
}

async function startSecure(t) {
  const folder = temporaryFolder(t);
  const { certificate, key } = makeCertificate(folder);
  const server = await startServer(t, { folder, settings: { 'server.tls_certificate_file': certificate, 'server.tls_key_file': key } });
  server.ca = readFileSync(certificate);
  return { server, certificate, key };
}

test('https and wss serve what http and ws serve', async (t) => {
  const { server } = await startSecure(t);
  assert.match(server.url, /^https:/);
  assert.equal((await server.get('/healthz')).status, 200);
  const manager = await connect(server, server.managerToken(), { ca: server.ca });
  await manager.subscribe('team:north');
  const agent = await connect(server, server.agentToken('a'), { ca: server.ca });
  const positions = Array.from({ length: 400 }, (_, index) => fix(1, index / 100, 1000 - index, { attributes: { note: 'x'.repeat(100) } }));
  assert.equal((await agent.request({ type: 'positions', positions })).accepted, 400);
  await manager.sees('a', ({ lon }) => lon === 3.99);
  const { json } = await server.get('/v1/agents/a/positions?limit=1000', server.managerToken());
  assert.equal(json.positions.length, 400);
});

test('plain text on a TLS port, a cut handshake and old versions harm nobody', async (t) => {
  const { server } = await startSecure(t);
  const plain = await connectRaw(server);
  await plain.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await plain.waitForEnd(20);
  assert.doesNotMatch(plain.text, /200 OK/);
  const cut = await connectRaw(server);
  await cut.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
  cut.socket.resetAndDestroy();
  await assert.rejects(connectRaw(server, { secure: true, ca: server.ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }));
  assert.equal((await server.get('/healthz')).status, 200);
});

test('a TLS peer that vanishes without a word is taken off', async (t) => {
  const { server } = await startSecure(t);
  const socket = await RawWebSocket.open(server, server.managerToken(), { secure: true, ca: server.ca });
  await socket.waitForMessage((one) => one.type === 'welcome', 'welcome');
  socket.destroy();
  await until('gone', async () => (await server.metric('fieldcast_connections', { kind: 'watcher' })) === 0);
});

test('SIGHUP takes a new certificate; sockets that are there go on', async (t) => {
  const { server } = await startSecure(t);
  const before = await connect(server, server.managerToken(), { ca: server.ca });
  makeCertificate(server.folder);
  const renewed = readFileSync(join(server.folder, 'server.crt'));
  server.signal('SIGHUP');
  server.ca = renewed;
  await until('new certificate', async () => (await server.get('/healthz')).status === 200);
  assert.equal((await before.request({ type: 'ping' })).type, 'pong');
});
