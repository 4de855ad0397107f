// A Kubernetes object held against the API's schemas (npm kubernetes-models). Its validators look at every property
// that they know and pass over others, as the schemas do not forbid them: what a validator has not looked at is unknown.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './source.mjs';

const require = createRequire(import.meta.url);

/** The object as a validator sees it; what it looks at is noted in `seen`, by path. */
function watched(object, path, seen) {
  if (object === null || typeof object !== 'object') return object;
  return new Proxy(object, {
    get(target, key) {
      if (typeof key === 'string') seen.add(`${path}/${key}`);
      return watched(target[key], `${path}/${String(key)}`, seen);
    },
    // A map with keys of one's own choice: labels, data.
    ownKeys(target) {
      for (const key of Object.keys(target)) seen.add(`${path}/${key}`);
      return Reflect.ownKeys(target);
    },
  });
}

function* paths(object, path = '') {
  if (object === null || typeof object !== 'object') return;
  for (const [key, value] of Object.entries(object)) {
    yield `${path}/${key}`;
    yield* paths(value, `${path}/${key}`);
  }
}

/** What is wrong with the object: {errors, unknown}; `unknown` are paths of fields that the API does not have. */
export function faultsOf(object) {
  const { apiVersion, kind } = object;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const name = `IoK8sApi${capital(group.split('.')[0])}${capital(version)}${kind}`;
  const { validate } = require(join(root, 'node_modules/kubernetes-models/_schemas', `${name}.js`));
  const seen = new Set();
  validate(watched(object, '', seen));
  // Below a field that nobody looked at there is nothing more to say.
  const unknown = [...paths(object)].filter((path) => !seen.has(path));
  return { errors: validate.errors ?? [], unknown: unknown.filter((path) => !unknown.some((other) => path.startsWith(`${other}/`))) };
}
