// Plain HTTP requests with nothing done behind one's back: no redirects, no keep-alive, paths sent as given.
import http from 'node:http';
import https from 'node:https';
import { within } from './waiting.mjs';

/** Resolves with {status, headers, text, json}; json is undefined when the body is none. */
export function request(base, method, path, { token, headers = {}, body, ca } = {}) {
  const url = new URL(base);
  const answer = new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? https : http).request({
      hostname: url.hostname,
      port: url.port,
      path,
      method,
      ca,
      agent: false,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        let json;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        resolve({ status: response.statusCode, headers: response.headers, bytes, text, json });
      });
    });
    if (body === undefined) sent.end();
    else if (typeof body === 'string' || Buffer.isBuffer(body)) sent.end(body);
    else {
      sent.setHeader('content-type', 'application/json');
      sent.end(JSON.stringify(body));
    }
  });
  return within(answer, `answer to ${method} ${path.slice(0, 80)}`, 30);
}

/** An event stream: {events, waitFor(predicate), close()}; each event is {id, event, data}. */
export async function eventStream(base, path, { token, headers = {} } = {}) {
  const url = new URL(base);
  const events = [];
  const waiting = new Set();
  let buffer = '';
  let resolveEnd;
  const ended = new Promise((resolve) => (resolveEnd = resolve));
  const response = await within(
    new Promise((resolve, reject) => {
      const sent = http.request({
        hostname: url.hostname,
        port: url.port,
        path,
        agent: false,
        headers: { accept: 'text/event-stream', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
      });
      sent.on('error', reject);
      sent.on('response', resolve);
      sent.end();
    }),
    `head of ${path}`,
  );
  response.setEncoding('utf8');
  response.on('data', (text) => {
    buffer += text;
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const event = {};
      for (const line of buffer.slice(0, end).split('\n')) {
        const match = /^(\w+): ?(.*)$/.exec(line);
        if (match) event[match[1]] = match[1] in event ? `${event[match[1]]}\n${match[2]}` : match[2];
      }
      buffer = buffer.slice(end + 2);
      if (event.data === undefined) continue;
      event.json = JSON.parse(event.data);
      events.push(event);
      for (const check of waiting) check();
    }
  });
  response.on('error', () => resolveEnd());
  response.on('close', () => resolveEnd());
  return {
    status: response.statusCode,
    headers: response.headers,
    events,
    ended,
    close: () => response.destroy(),
    waitFor(predicate, what, seconds = 10) {
      const found = new Promise((resolve) => {
        const check = () => {
          const event = events.find((one) => predicate(one.json, one));
          if (event) {
            waiting.delete(check);
            resolve(event);
          }
        };
        waiting.add(check);
        check();
      });
      return within(found, what, seconds, () => `Came: ${events.map((one) => one.data.slice(0, 200)).join('\n')}`);
    },
  };
}
