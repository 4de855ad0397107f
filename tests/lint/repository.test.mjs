// What must not be in the repository, and what its documents must name.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allFiles, findLines, read, root, textFiles } from './source.mjs';

// This folder spells what it forbids.
const others = textFiles.filter((path) => !path.startsWith('tests/lint/') && path !== 'package-lock.json');

test('nothing is left to do', () => {
  const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
  assert.deepEqual(others.flatMap((path) => findLines(path, read(path), marks)), []);
});

test('no path of one machine', () => {
  const machine = /(?<![\w.)}\]*~$-])\/(work|tmp|home|root)(\/[\w.-]+|(?=["'`\s]|$))/;
  assert.deepEqual(others.flatMap((path) => findLines(path, read(path), machine)), []);
});

test('package-lock.json names no registry host', () => {
  for (const path of allFiles.filter((name) => name.endsWith('package-lock.json'))) {
    const { packages } = JSON.parse(read(path));
    const hosted = Object.entries(packages).filter(([, entry]) => /^[a-z+]+:/.test(entry.resolved ?? ''));
    assert.deepEqual(hosted.map(([name, entry]) => `${name}: ${entry.resolved}`), []);
  }
});

test('no private key and no token is committed', () => {
  const secret = /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n[A-Za-z0-9+/]{20}|\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}/;
  assert.deepEqual(textFiles.filter((path) => secret.test(read(path))), []);
});

test('no built file is committed', () => {
  const built = /\.(o|a|so|gcda|gcno|profraw|db|db-wal|db-shm|sqlite)$/;
  assert.deepEqual(allFiles.filter((path) => built.test(path)), []);
});

/** The codes of the outcome table, as the code declares them. */
function outcomeCodes() {
  const header = read('include/fieldcast/domain/outcome.hpp');
  return [...header.matchAll(/^extern const Outcome (\w+);/gm)].map(([, name]) => name);
}

test('the outcome table has every declared outcome, by its own name', () => {
  const table = read('src/domain/outcome.cpp');
  const codes = outcomeCodes();
  assert.ok(codes.length > 30, `only ${codes.length} outcomes were found`);
  assert.deepEqual(codes.filter((code) => !table.includes(`"${code}"`)), []);
});

test('docs/protocol.md names every outcome', () => {
  assert.ok(existsSync(join(root, 'docs/protocol.md')), 'docs/protocol.md is there');
  const text = read('docs/protocol.md');
  assert.deepEqual(outcomeCodes().filter((code) => !new RegExp(`\\b${code}\\b`).test(text)), []);
});

test('the commands are there and can be started', async () => {
  const { accessSync, constants } = await import('node:fs');
  for (const path of ['run', 'test', '.ci/run', 'scripts/setup']) accessSync(join(root, path), constants.X_OK);
});

test('an advisory lock of the database has one meaning: its number stands in one file', () => {
  const places = new Map();
  for (const path of allFiles.filter((path) => /^(src|migrations)\/.*\.(cpp|hpp|sql)$/.test(path))) {
    for (const [, number] of read(path).matchAll(/pg_\w*advisory_\w+\((\d+)\)/g)) places.set(number, (places.get(number) ?? new Set()).add(path));
  }
  assert.ok(places.size > 3, 'there are some');
  assert.deepEqual([...places].filter(([, paths]) => paths.size > 1).map(([number, paths]) => [number, ...paths]), []);
});
