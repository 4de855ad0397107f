// Instances behind nginx, by scripts/cluster, in a folder of their own; they end with this process at the latest.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary, environment, root, Server } from '../../lib/server.mjs';
import { factor, until } from '../../lib/waiting.mjs';

const program = join(root, 'scripts/cluster');
const sanitizerReport = /ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:|SUMMARY: \w*Sanitizer/;

/** Runs a program to its end: {status, stdout, stderr}. */
export function runProgram(file, args, { env = {} } = {}) {
  return new Promise((resolve) => {
    const options = { encoding: 'utf8', timeout: 180_000 * factor, maxBuffer: 1 << 26, env: { ...environment, ...env } };
    execFile(file, args, options, (error, stdout, stderr) => resolve({ status: error ? (error.code ?? 1) : 0, stdout, stderr }));
  });
}

/** A port of 127.0.0.1 that nothing listens on. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A place to talk to: one instance, or the proxy before them. It has what tests do with a Server. */
function place(url, secret) {
  const made = Object.create(Server.prototype);
  return Object.assign(made, { url, secret, port: Number(new URL(url).port), clients: new Set(), raws: new Set() });
}

export class Cluster {
  constructor({ instances = 3, settings = {}, bare = false } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'fieldcast-cluster-'));
    chmodSync(this.folder, 0o711); // PostgreSQL runs as another user when we are root
    const more = Object.entries({ 'server.drain_ms': 1000, ...settings }).map(([key, value]) => `--${key}=${value}`);
    this.upArguments = ['up', String(instances), '--while', String(process.pid), ...(bare ? ['--bare'] : []), '--dir', this.folder, '--', ...more];
  }

  async up() {
    const { status, stdout, stderr } = await runProgram(program, this.upArguments, { env: { FIELDCAST_BIN: binary } });
    assert.equal(status, 0, `${stdout}${stderr}`);
    this.env = Object.fromEntries(
      readFileSync(join(this.folder, 'cluster.env'), 'utf8').split('\n').filter(Boolean).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    this.secret = readFileSync(join(this.folder, 'signing.key'), 'utf8');
    this.proxy = place(this.env.URL, this.secret);
    this.instances = Array.from({ length: Number(this.env.INSTANCES) }, (_, index) => place(`http://127.0.0.1:${this.env[`PORT_${index + 1}`]}`, this.secret));
    return this;
  }

  /** A command of scripts/cluster that must succeed; gives what it said. */
  async run(...args) {
    const { status, stdout, stderr } = await runProgram(program, [...args, '--dir', this.folder]);
    assert.equal(status, 0, `scripts/cluster ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  pids() {
    return Object.fromEntries(readdirSync(join(this.folder, 'run')).map((name) => [name, Number(readFileSync(join(this.folder, 'run', name), 'utf8').split(' ')[0])]));
  }

  /** What an instance (1, 2, …) has written to its log. */
  log(instance) {
    return readFileSync(join(this.folder, 'log', `${instance}.log`), 'utf8');
  }

  /** Waits until /readyz of every instance says this of the component; all stay in service. */
  async component(name, state, seconds = 20) {
    for (const instance of this.instances) {
      await until(`${name} ${state} on ${instance.url}`, async () => {
        const { status, json } = await instance.get('/readyz');
        return status === 200 && json.components[name].state === state;
      }, seconds);
    }
  }

  async down() {
    for (const { clients } of [this.proxy, ...(this.instances ?? [])].filter(Boolean)) for (const client of clients) client.ws.terminate();
    await this.run('down');
    try {
      for (let one = 1; one <= (this.instances?.length ?? 0); ++one) assert.doesNotMatch(this.log(one), sanitizerReport, this.log(one).slice(0, 8000));
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

/** One cluster for all tests of a file: `const cluster = sharedCluster({ before, after }, …)`, then cluster.now in tests. */
export function sharedCluster({ before, after }, options = {}) {
  const holder = { now: null };
  before(async () => {
    holder.now = new Cluster(options);
    await holder.now.up();
  });
  after(() => holder.now?.down());
  return holder;
}
