// Days into the archive and back, recorded tracks into history, one agent out of all of it: by the commands.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { fix, runCommand, startServer, temporaryFolder } from './lib/server.mjs';

const day = 86_400;
const dateOf = (daysBack) => new Date(Date.now() - daysBack * day * 1000).toISOString().slice(0, 10);

/** A server on a database of its own, and the commands beside it. */
async function withHistory(t) {
  const folder = temporaryFolder(t);
  const place = join(folder, 'archive');
  const server = await startServer(t, { folder, settings: { 'retention.here': false } });
  const run = (...args) => runCommand([...args, `--store.sqlite_file=${join(folder, 'fieldcast.db')}`, `--archive.place=${place}`]);
  const done = (...args) => {
    const { status, stdout, stderr } = run(...args);
    assert.equal(status, 0, stdout + stderr);
    return stdout;
  };
  const read = async (from, agent, format) => (await from.get(`/v1/agents/${agent}/positions?format=${format}`, from.managerToken())).text;
  const history = (agent) => read(server, agent, 'json');
  // An agent that another process registered is known to a server that starts afterwards.
  const readWith = async (later, agent) => {
    const texts = { json: await read(later, agent, 'json'), gpx: await read(later, agent, 'gpx') };
    await later.stop();
    return texts;
  };
  const objects = () => readdirSync(place, { recursive: true }).filter((name) => name.endsWith('.csv.gz'));
  const rows = () => objects().map((name) => gunzipSync(readFileSync(join(place, name))).toString()).join('');
  return { folder, place, server, run, done, history, readWith, objects, rows };
}

test('what is archived, dropped and restored is the same, and only then it goes', async (t) => {
  const { server, run, done, history, place, objects } = await withHistory(t);
  for (const agent of ['ana', 'ben "b", é']) {
    const fixes = [0, 5, 9].flatMap((days) => [fix(days, 1.25, days * day, { accuracy: 4.5, speed: 1.1 }), fix(days, -179.9999999, days * day + 60, { note: 'a,"b"\nc' })]);
    await server.report(agent, fixes, 'north');
  }
  const before = [await history('ana'), await history(encodeURIComponent('ben "b", é'))];
  done('archive');
  assert.deepEqual(objects().map((name) => name.slice(8, 18)).sort(), [dateOf(9), dateOf(5)].sort(), 'days that are over');
  done('archive', '--verify');
  assert.match(done('retention', 'run', '--retention.positions_days=3'), /days dropped: 2/);
  assert.equal(JSON.parse(await history('ana')).positions.length, 2);

  for (const days of [5, 9]) assert.match(done('restore', '--day', dateOf(days)), /4 rows, of which 4 were not there/);
  assert.deepEqual([await history('ana'), await history(encodeURIComponent('ben "b", é'))], before);
  assert.match(done('restore', '--day', dateOf(5)), /4 rows, of which 0 were not there/);
  assert.match(done('retention', 'plan', '--retention.positions_days=3'), /wait until/, 'it is not dropped at once');

  const damaged = join(place, objects()[0]);
  writeFileSync(damaged, readFileSync(damaged).subarray(0, -9));
  const { status, stderr } = run('archive', '--verify');
  assert.equal(status, 1);
  assert.match(stderr, /fieldcast: /);
});

test('retention drops nothing while the archive cannot be written', async (t) => {
  const { server, done, run, history, place } = await withHistory(t);
  await server.report('ana', [fix(1, 1, 0), fix(2, 2, 9 * day)]);
  writeFileSync(place, 'a file where the folder should be');
  const { status, stderr } = run('retention', 'run', '--retention.positions_days=3');
  assert.equal(status, 1);
  assert.match(stderr, /fieldcast: /);
  assert.equal(JSON.parse(await history('ana')).positions.length, 2);
  assert.match(done('retention', 'plan', '--retention.positions_days=3'), /archive, drop/);
});

test('tracks are imported as phones would have sent them, whatever their age', async (t) => {
  const { folder, run, done, readWith } = await withHistory(t);
  const point = (lat, time) => `<trkpt lat="${lat}" lon="2"><time>${time}</time></trkpt>`;
  const gpx = join(folder, 'walk.gpx');
  writeFileSync(gpx, `<gpx version="1.1"><trk><trkseg>${point(1, '2011-05-01T10:00:00Z')}${point(1.5, '2011-05-01T10:01:00Z')}</trkseg></trk></gpx>`);
  const csv = join(folder, 'drive.csv');
  writeFileSync(csv, 'time,lat,lon\n2012-01-01T00:00:00Z,3,4\n2012-01-01T00:00:00Z,3,4\n2012-01-01T00:01:00Z,300,4\n');
  done('import', '--team', 'north', '--agent', 'ana', gpx);
  const { status, stdout } = run('import', '--team', 'north', '--agent', 'ana', csv);
  assert.equal(status, 1, 'one was refused');
  assert.match(stdout, /latitude_out_of_range/);
  const places = (text) => JSON.parse(text).positions.map(({ lat, recorded_at }) => [lat, recorded_at]);
  const ana = await readWith(await startServer(t, { folder, settings: { 'retention.here': false } }), 'ana');
  assert.deepEqual(places(ana.json).map(([lat]) => lat), [1, 1.5, 3]);

  const exported = join(folder, 'export.gpx');
  writeFileSync(exported, ana.gpx);
  done('import', '--team', 'north', '--agent', 'copy', exported);
  const copy = await readWith(await startServer(t, { folder, settings: { 'retention.here': false } }), 'copy');
  assert.deepEqual(places(copy.json), places(ana.json));
});

test('an agent is erased from history and archive, and its neighbours are not', async (t) => {
  const { folder, server, done, history, rows } = await withHistory(t);
  for (const agent of ['ana', 'ben']) await server.report(agent, [fix(1, 1, 0), fix(2, 2, 9 * day)]);
  await server.report('ana', fix(3, 3, 9 * day), 'north', { org: 'globex' });
  done('archive');
  assert.equal(rows().match(/ana/g).length, 2);
  assert.match(done('erase', '--agent', 'ana', '--show'), /there is: registered, 2 positions/);
  const withoutPlace = runCommand(['erase', '--agent', 'ana', `--store.sqlite_file=${join(folder, 'fieldcast.db')}`]);
  assert.equal(withoutPlace.status, 1);
  assert.match(withoutPlace.stderr, /an archive holds the agent/);
  assert.match(done('erase', '--agent', 'ana'), /nothing is left of the agent/);
  assert.equal(rows().match(/ana/g).length, 1, 'that of the other organisation');
  assert.equal(JSON.parse(await history('ben')).positions.length, 2);
  done('archive', '--verify');
  const gone = await server.get('/v1/agents/ana/positions', server.managerToken());
  assert.deepEqual(gone.json.positions ?? [], []);
  assert.match(done('erase', '--agent', 'ana'), /before: not registered, 0 positions/);
});
