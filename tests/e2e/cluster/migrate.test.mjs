// `fieldcast migrate`, alone and several at once, on empty databases of a real PostgreSQL.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { binary, fix, startServer } from '../lib/server.mjs';
import { runProgram, sharedCluster } from './lib/cluster.mjs';

const cluster = sharedCluster({ before, after }, { instances: 2 });
let databases = 0;

async function emptyDatabase() {
  const name = `migrating_${++databases}`;
  const { DATABASE_URL } = cluster.now.env;
  const { status, stderr } = await runProgram('psql', [DATABASE_URL, '-qc', `CREATE DATABASE ${name}`]);
  assert.equal(status, 0, stderr);
  return DATABASE_URL.replace(/\/[^/]*$/, `/${name}`);
}
const migrate = (url, ...args) => runProgram(binary, ['migrate', ...args, `--access.secret_file=${cluster.now.env.KEY}`], { env: { DATABASE_URL: url } });

test('several at once: each succeeds, and there is nothing left to do', async () => {
  const url = await emptyDatabase();
  const before = await migrate(url, '--check');
  assert.notEqual(before.status, 0, 'there is something to do in an empty database');
  const all = await Promise.all(Array.from({ length: 4 }, () => migrate(url)));
  for (const { status, stdout, stderr } of all) assert.equal(status, 0, stdout + stderr);
  const after = await migrate(url, '--check');
  assert.equal(after.status, 0, after.stdout + after.stderr);
});

test('instances that migrate at start, at once, both serve', async (t) => {
  const url = await emptyDatabase();
  const options = { settings: { 'store.sqlite_file': null }, env: { DATABASE_URL: url, FIELDCAST_STORE_MIGRATE_AT_START: 'true' } };
  const servers = await Promise.all([startServer(t, options), startServer(t, options)]);
  for (const server of servers) assert.equal((await server.report('a', fix(1, 1, Math.random() * 1000))).accepted, 1);
  assert.equal((await migrate(url, '--check')).status, 0);
});

test('a database that cannot be reached is told, without its password', async () => {
  const { status, stdout, stderr } = await migrate('postgres://fieldcast:wordofsecret@127.0.0.1:1/nowhere');
  assert.notEqual(status, 0);
  assert.match(stdout + stderr, /connect|refused/i);
  assert.doesNotMatch(stdout + stderr, /wordofsecret/);
});
