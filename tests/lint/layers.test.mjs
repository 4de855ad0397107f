// Which module may know which: the table is CMakeLists.txt's own, the levels are those of docs/architecture.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cppFiles, findLines, includesOf, moduleOf, productFiles, read, textFiles, withoutCommentsAndTexts } from './source.mjs';

const levels = {
  base: 0,
  domain: 1,
  codec: 2, websocket: 2, access: 2, ingest: 2, presence: 2, rooms: 2, session: 2, summary: 2,
  store: 3, bus: 3, metrics: 3,
  hub: 4, archive: 4, ageing: 4,
  transport: 5, config: 5,
  api: 6, simulate: 6,
  app: 7, cli: 7,
};
// Neighbours of one level that may know each other, and why.
const neighbours = new Set([
  'session codec', // a conversation is made of messages
  'session access', // …and of claims
  'config transport', // it holds the settings of everything below
  'cli app', // the command line starts the server
]);

function modulesInCMake() {
  const modules = new Map();
  for (const [, name, rest] of read('CMakeLists.txt').matchAll(/^fieldcast_module\((\S+)\s*([^)]*)\)/gm)) {
    const uses = /USES((?:\s+(?!LINKS\b)\S+)*)/.exec(rest)?.[1] ?? '';
    modules.set(name, uses.split(/\s+/).filter(Boolean));
  }
  return modules;
}
const modules = modulesInCMake();

function reachable(name, seen = new Set([name])) {
  for (const used of modules.get(name) ?? []) {
    if (!seen.has(used)) {
      seen.add(used);
      reachable(used, seen);
    }
  }
  return seen;
}

test('every module of CMakeLists.txt has a level, and every level a module', () => {
  assert.deepEqual([...modules.keys()].sort(), Object.keys(levels).sort());
});

test('a module uses only modules below it', () => {
  const wrong = [];
  for (const [name, uses] of modules) {
    for (const used of uses) {
      if (!(used in levels)) wrong.push(`${name} uses ${used}, which is no module`);
      else if (!(levels[used] < levels[name]) && !neighbours.has(`${name} ${used}`))
        wrong.push(`${name} (level ${levels[name]}) uses ${used} (level ${levels[used]})`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every folder of include/fieldcast and src is a module', () => {
  const folders = new Set(productFiles.map(moduleOf).filter(Boolean));
  assert.deepEqual([...folders].filter((name) => !modules.has(name)), []);
});

test('a file includes only its own module and those that its module uses', () => {
  const wrong = [];
  for (const path of productFiles) {
    const module = moduleOf(path);
    if (!module) continue;
    const allowed = reachable(module);
    for (const { at, name } of includesOf(path)) {
      const target = /^fieldcast\/([^/]+)\//.exec(name)?.[1];
      if (target && !allowed.has(target)) wrong.push(`${at}: ${module} may not include ${name}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('public headers are included by their full name, private ones by their bare name', () => {
  const wrong = [];
  for (const path of productFiles) {
    for (const { at, quoted, name } of includesOf(path)) {
      if (quoted && /^(src|include)\/|\.\.\//.test(name)) wrong.push(`${at}: ${name}`);
      if (!quoted && name.startsWith('fieldcast/')) wrong.push(`${at}: <${name}> wants quotes`);
      if (quoted && path.startsWith('include/') && !name.startsWith('fieldcast/'))
        wrong.push(`${at}: a public header includes the private "${name}"`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('src is on no include path', () => {
  const wrong = textFiles
    .filter((path) => /(^|\/)CMakeLists\.txt$|\.cmake$/.test(path))
    .flatMap((path) => findLines(path, read(path), /include_directories.*\/src\b/));
  assert.deepEqual(wrong, []);
});

// Libraries that have one home, tests included.
const homes = [
  { what: 'Beast', include: /^boost\/beast/, home: /^(src\/transport|tests\/unit\/transport)\// },
  { what: 'SQLite', include: /^sqlite3\.h$/, home: /^(src\/store\/sqlite|tests\/(unit|contract)\/store)[/_]/ },
  { what: 'libpqxx and libpq', include: /^(pqxx\/|libpq-fe\.h|postgresql\/)/, home: /^(src\/store\/postgres|tests\/(unit|contract)\/store)[/_]/ },
  { what: 'hiredis', include: /^hiredis\//, home: /^(src\/bus\/redis|tests\/(unit|contract)\/bus)[/_]/ },
];
for (const { what, include, home } of homes) {
  test(`${what} is included in its own folder only`, () => {
    const wrong = cppFiles
      .filter((path) => !home.test(path) && !path.startsWith('bench/'))
      .flatMap((path) => includesOf(path).filter(({ name }) => include.test(name)))
      .map(({ at, name }) => `${at}: ${name}`);
    assert.deepEqual(wrong, []);
  });
}

test('no public header shows Beast, SQLite, libpqxx, hiredis or simdjson', () => {
  const wrong = productFiles
    .filter((path) => path.startsWith('include/'))
    .flatMap((path) => includesOf(path))
    .filter(({ name }) => /^(boost\/beast|sqlite3|pqxx|libpq|hiredis|simdjson)/.test(name))
    .map(({ at, name }) => `${at}: ${name}`);
  assert.deepEqual(wrong, []);
});

test('pure modules (levels 0 to 2) never log, wait, lock or read a clock', () => {
  const forbidden =
    /\b(system_clock::now|steady_clock::now|high_resolution_clock|sleep_for|sleep_until|random_device|(std::)?(mutex|shared_mutex|condition_variable|thread|jthread)\b(?=\s*[\w<({])|spdlog::|(?<![\w:.>])s?rand\(|std::cout|std::cerr|fopen|ofstream)/;
  // base is where the clock and the queue between threads live.
  const pure = productFiles.filter((path) => {
    const module = moduleOf(path);
    return module && module !== 'base' && levels[module] <= 2;
  });
  assert.ok(pure.length > 0, 'pure modules were found');
  const wrong = pure.flatMap((path) => [
    ...includesOf(path)
      .filter(({ name }) => /^(iostream|fstream|mutex|shared_mutex|thread|condition_variable|spdlog\/.*|boost\/asio.*)$/.test(name))
      .map(({ at, name }) => `${at}: includes ${name}`),
    ...findLines(path, withoutCommentsAndTexts(read(path)), forbidden),
  ]);
  assert.deepEqual(wrong, []);
});

test('SQL lives in the store only', () => {
  const statement = /"[^"\n]*\b(SELECT .+ FROM|INSERT (OR \w+ )?INTO|DELETE FROM|CREATE TABLE|PRAGMA \w+)\b/;
  const wrong = productFiles
    .filter((path) => moduleOf(path) !== 'store')
    .flatMap((path) => findLines(path, read(path), statement));
  assert.deepEqual(wrong, []);
});
