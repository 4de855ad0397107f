// A WebSocket client (npm `ws`) that keeps what it hears and waits for messages by deadline.
import WebSocket from 'ws';
import { within } from './waiting.mjs';

let requests = 0;

export class Client {
  messages = [];
  #waiting = new Set();

  constructor(ws) {
    this.ws = ws;
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        this.closeCode = code;
        resolve({ code, reason: reason.toString() });
        for (const check of this.#waiting) check();
      });
    });
    ws.on('message', (data) => {
      this.messages.push(JSON.parse(data.toString('utf8')));
      for (const check of this.#waiting) check();
    });
    ws.on('error', () => {}); // the close code tells
  }

  send(message) {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message, heard already or to come, from index `from` on, that fulfils the predicate. */
  waitFor(predicate, what, { from = 0, seconds = 10 } = {}) {
    const found = new Promise((resolve, reject) => {
      const check = () => {
        const message = this.messages.slice(from).find(predicate);
        if (message) resolve(message);
        else if (this.closeCode !== undefined) reject(new Error(`closed with ${this.closeCode} before ${what}. ${this.#heard()}`));
        else return;
        this.#waiting.delete(check);
      };
      this.#waiting.add(check);
      check();
    });
    return within(found, what, seconds, () => this.#heard());
  }

  /** Sends with a fresh id and gives the reply (not: snapshot parts after the first). */
  async request(message, seconds = 10) {
    const id = ++requests;
    this.send({ id, ...message });
    return this.waitFor((one) => one.id === id, `reply to ${JSON.stringify(message).slice(0, 120)}`, { seconds });
  }

  /** Subscribes and gives the snapshot: {cursor, resumed, agents}, its parts joined; or the error. */
  async subscribe(room, more = {}) {
    const from = this.messages.length;
    const first = await this.request({ type: 'subscribe', room, ...more });
    if (first.type !== 'snapshot' || first.part === undefined) return first;
    const last = await this.waitFor((one) => one.type === 'snapshot' && one.room === room && one.last, `last part of ${room}`, { from });
    const parts = this.messages.slice(from).filter((one) => one.type === 'snapshot' && one.room === room);
    return { ...last, parts: parts.length, agents: parts.flatMap((one) => one.agents) };
  }

  /** Waits until an update (or a snapshot) shows the agent as the predicate wants it; gives that position. */
  async sees(agent, predicate = () => true, { from = 0, seconds = 10 } = {}) {
    const fits = (one) => one.agent === agent && predicate(one);
    const message = await this.waitFor((one) => one.type === 'update' && one.positions?.some(fits), `position of ${agent}`, { from, seconds });
    return message.positions.findLast(fits);
  }

  /** Every position of the agent that came by updates, in order. */
  positionsOf(agent) {
    return this.messages.filter((one) => one.type === 'update').flatMap((one) => one.positions ?? []).filter((one) => one.agent === agent);
  }

  waitForClose(seconds = 10) {
    return within(this.closed, 'close', seconds, () => this.#heard());
  }

  async close() {
    if (this.ws.readyState === WebSocket.OPEN) this.ws.close(1000);
    await within(this.closed, 'close handshake', 10).catch(() => this.ws.terminate());
  }

  #heard() {
    const texts = this.messages.slice(-12).map((one) => JSON.stringify(one).slice(0, 240));
    return `Heard ${this.messages.length}, the last:\n${texts.join('\n')}`;
  }
}

/** Opens a socket without waiting for `welcome`. Rejects with {status, json} when the upgrade is refused. */
export function open(server, { token, ticket, origin, protocols = ['fieldcast.v1.json'], headers = {}, path, ...options } = {}) {
  const target = path ?? (ticket ? `/v1/ws?ticket=${encodeURIComponent(ticket)}` : '/v1/ws');
  const ws = new WebSocket(`${server.url.replace(/^http/, 'ws')}${target}`, protocols, {
    origin,
    perMessageDeflate: false,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    ...options,
  });
  const client = new Client(ws);
  server.clients.add(client);
  const opened = new Promise((resolve, reject) => {
    ws.on('open', () => resolve(client));
    ws.on('unexpected-response', (_, response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        let json;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        reject(Object.assign(new Error(`upgrade refused: ${response.statusCode} ${text}`), { status: response.statusCode, json, headers: response.headers }));
      });
    });
    ws.on('error', reject);
  });
  opened.catch(() => {});
  return within(opened, 'WebSocket upgrade');
}

/** Opens, and waits for `welcome`, which is then client.welcome. */
export async function connect(server, token, options = {}) {
  const client = await open(server, { token, ...options });
  client.welcome = await client.waitFor((one) => one.type === 'welcome', 'welcome');
  return client;
}

/** The refusal of an upgrade: {status, json}. Fails when it was not refused. */
export async function refusal(server, options) {
  let client;
  try {
    client = await open(server, options);
  } catch (error) {
    if (error.status === undefined) throw error;
    return error;
  }
  throw new Error(`the upgrade was not refused: ${JSON.stringify(client.messages)}`);
}
