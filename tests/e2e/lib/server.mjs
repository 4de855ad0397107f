// The real binary, started on a free port in a folder of its own.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventStream, request } from './http.mjs';
import { connect } from './socket.mjs';
import { claims, makeSecret, signToken } from './tokens.mjs';
import { patience, until, within } from './waiting.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const binary = process.env.FIELDCAST_BIN ?? join(root, 'build/release/fieldcast');

const endings = new WeakMap();

/** Something to do when the test ends; the last registered is done first. */
function atEnd(t, action) {
  if (!endings.has(t)) {
    endings.set(t, []);
    t.after(async () => {
      const errors = [];
      for (const one of endings.get(t).reverse()) await Promise.resolve().then(one).catch((error) => errors.push(error));
      if (errors.length) throw errors[0];
    });
  }
  endings.get(t).push(action);
}

/** A temporary folder that goes away with the test. */
export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'fieldcast-e2e-'));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Our environment without what would configure a server. */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(FIELDCAST_|(PORT|DATABASE_URL|DATABASE_READ_URL|REDIS_URL|WS_CORS_ORIGIN|WS_PING_INTERVAL)$)/.test(name)),
);

/** Runs a command of the binary to its end: {status, stdout, stderr}. `env`: added to the environment. */
export function runCommand(args, { env = {}, ...options } = {}) {
  const result = spawnSync(binary, args, { encoding: 'utf8', timeout: patience(30), env: { ...environment, ...env }, ...options });
  assert.ifError(result.error);
  return result;
}

const sanitizerReport = /ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:|SUMMARY: \w*Sanitizer/;

export class Server {
  clients = new Set();
  raws = new Set();
  stdout = '';
  stderr = '';

  /** `settings`: flags without their dashes (null: leave a default of ours out). `env`: added. `args`: further arguments. */
  constructor({ folder, settings = {}, env = {}, args = [], secret = makeSecret() }) {
    this.folder = folder;
    this.secret = secret;
    const secretFile = join(folder, 'signing.key');
    writeFileSync(secretFile, secret, { mode: 0o600 });
    this.settings = {
      'server.address': '127.0.0.1',
      'server.port': 0,
      'server.drain_ms': 300,
      'store.sqlite_file': join(folder, 'fieldcast.db'),
      'access.secret_file': secretFile,
      ...settings,
    };
    const flags = Object.entries(this.settings).filter(([, value]) => value !== null).map(([key, value]) => `--${key}=${value}`);
    this.process = spawn(binary, ['serve', ...args, ...flags], { cwd: folder, env: { ...environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout.on('data', (chunk) => (this.stdout += chunk));
    this.process.stderr.on('data', (chunk) => (this.stderr += chunk));
    this.exited = new Promise((resolve) => {
      this.process.on('error', (error) => {
        this.exit = { error };
        resolve(this.exit);
      });
      this.process.on('close', (code, signal) => {
        this.exit = { code, signal };
        resolve(this.exit);
      });
    });
  }

  async listening() {
    await until('listening server', () => {
      this.url = /fieldcast is listening on (https?:\/\/\S+)/.exec(this.stdout)?.[1];
      return this.url || this.exit;
    }, 30);
    assert.ok(this.url, `the server did not start: ${JSON.stringify(this.exit)}\n${this.stderr}`);
    this.port = Number(new URL(this.url).port);
    this.url = this.url.replace('0.0.0.0', '127.0.0.1');
    return this;
  }

  /** A token of the server's own key; `given`: claims. */
  token(given) {
    return signToken('HS256', this.secret, claims(given));
  }
  agentToken(agent, team = 'north', more = {}) {
    return this.token({ sub: agent, role: 'agent', team, ...more });
  }
  managerToken(teams = '*', more = {}) {
    return this.token({ sub: 'boss', role: 'manager', teams, ...more });
  }
  agent(name, team = 'north', more = {}) {
    return connect(this, this.agentToken(name, team, more));
  }
  manager(teams = '*', more = {}) {
    return connect(this, this.managerToken(teams, more));
  }

  request(method, path, options) {
    return request(this.url, method, path, { ca: this.ca, ...options });
  }
  get(path, token, headers) {
    return this.request('GET', path, { token, headers });
  }
  post(path, token, body, headers) {
    return this.request('POST', path, { token, body, headers });
  }
  events(path, options) {
    return eventStream(this.url, path, options);
  }

  /** Reports fixes over HTTP and checks that all were taken in. */
  async report(agent, fixes, team = 'north', more = {}) {
    const list = Array.isArray(fixes) ? fixes : [fixes];
    const answer = await this.post('/v1/positions', this.agentToken(agent, team, more), list);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }

  /** Sum of a metric over its label sets; `labels`: those that must be there. */
  async metric(name, labels = {}) {
    const { text } = await this.get('/metrics');
    let sum = 0;
    for (const line of text.split('\n')) {
      const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match?.[1] !== name) continue;
      if (Object.entries(labels).every(([key, value]) => (match[2] ?? '').includes(`${key}="${value}"`))) sum += Number(match[3]);
    }
    return sum;
  }

  signal(name) {
    this.process.kill(name);
  }
  waitForExit(seconds = 20) {
    return within(this.exited, 'end of the server', seconds, () => this.stderr.slice(-2000));
  }

  /** Ends it as an operator would, and checks that it ended well. */
  async stop() {
    for (const client of this.clients) client.ws.terminate();
    for (const raw of this.raws) raw.destroy();
    if (!this.exit) this.signal('SIGTERM');
    const exit = await this.waitForExit(30).catch((error) => {
      this.signal('SIGKILL');
      throw error;
    });
    assert.doesNotMatch(this.stderr, sanitizerReport, this.stderr.slice(0, 8000));
    if (!this.expectedToDie) assert.deepEqual(exit, { code: 0, signal: null }, this.stderr.slice(-4000));
    return exit;
  }

  async kill() {
    this.expectedToDie = true;
    this.signal('SIGKILL');
    await this.waitForExit();
  }
}

/** Starts a server that ends, well, with the test or suite `t`. */
export async function startServer(t, options = {}) {
  const server = new Server({ folder: options.folder ?? temporaryFolder(t), ...options });
  atEnd(t, () => server.stop());
  return server.listening();
}

/** One server for all tests of a file: `const server = sharedServer({ before, after }, …)`, then server.now in tests. */
export function sharedServer({ before, after }, options = {}) {
  const holder = { now: null };
  const folder = mkdtempSync(join(tmpdir(), 'fieldcast-e2e-'));
  before(async () => {
    holder.now = new Server({ folder, ...(typeof options === 'function' ? options(folder) : options) });
    await holder.now.listening();
  });
  after(async () => {
    try {
      await holder.now?.stop();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return holder;
}

let names = 0;
/** A name that no other test of this process uses. */
export const fresh = (stem) => `${stem}-${process.pid}-${++names}`;

/** A time so many seconds ago, as text. */
export const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

/** A fix of so many seconds ago. */
export const fix = (lat, lon, seconds = 0, more = {}) => ({ lat, lon, recorded_at: ago(seconds), ...more });
