// JSON Web Tokens made by node:crypto alone, so that the server's verifier is judged by another implementation.
import { createHmac, createSign, generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto';

const base64url = (data) => Buffer.from(data).toString('base64url');
export const unixNow = () => Math.floor(Date.now() / 1000);

function signature(algorithm, key, input) {
  switch (algorithm) {
    case 'HS256':
      return createHmac('sha256', key).update(input).digest();
    case 'RS256':
      return createSign('sha256').update(input).sign(key);
    case 'ES256':
      return signBytes('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    case 'EdDSA':
      return signBytes(null, Buffer.from(input), key);
    default:
      return Buffer.alloc(0); // `none`
  }
}

/** A token; `header` adds to or replaces fields of the header. */
export function signToken(algorithm, key, claims, header = {}) {
  const head = base64url(JSON.stringify({ alg: algorithm, typ: 'JWT', ...header }));
  const body = base64url(typeof claims === 'string' ? claims : JSON.stringify(claims));
  return `${head}.${body}.${base64url(signature(algorithm, key, `${head}.${body}`))}`;
}

export const makeSecret = () => randomBytes(32).toString('base64url');

/** A key pair for the algorithm, as PEM. */
export function makeKeyPair(algorithm) {
  const [kind, options] = {
    RS256: ['rsa', { modulusLength: 2048 }],
    ES256: ['ec', { namedCurve: 'P-256' }],
    EdDSA: ['ed25519', {}],
  }[algorithm];
  const { privateKey, publicKey } = generateKeyPairSync(kind, options);
  return {
    privateKey,
    publicKey,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }),
    jwk: publicKey.export({ format: 'jwk' }),
  };
}

/** Claims with an hour to live; what is given replaces. */
export const claims = (given) => ({ iat: unixNow(), exp: unixNow() + 3600, ...given });
