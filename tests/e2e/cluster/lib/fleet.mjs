// Phones and dashboards as the protocol wants them: they keep what is not acknowledged, come back by themselves and
// resume. What they went through is written down for the test to judge.
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../lib/socket.mjs';

/** Runs `converse(client)` on one connection after the other until stop(), or the end of the test `t`. */
class Returning {
  closes = []; // codes of the closes that were not ours
  gaps = []; // seconds between such a close and the next `welcome`
  #stopped = false;

  constructor(t, place, token) {
    this.place = place;
    this.token = token;
    this.running = this.#run();
    this.running.catch(() => {});
    t.after(() => {
      this.#stopped = true;
      this.client?.ws.terminate();
    });
  }

  get stopped() {
    return this.#stopped;
  }

  async #run() {
    let lostAt;
    for (let tries = 0; !this.#stopped; ++tries) {
      let client;
      try {
        client = await connect(this.place, this.token);
      } catch {
        await delay(Math.random() * Math.min(200 * 2 ** tries, 1000));
        continue;
      }
      tries = 0;
      if (lostAt) this.gaps.push((Date.now() - lostAt) / 1000);
      this.client = client;
      // A conversation fails by its socket closing under it; any other failure is the test's to see.
      const failure = await Promise.resolve().then(() => this.converse(client)).catch((error) => error);
      if (this.#stopped) return client.close();
      if (failure && client.closeCode === undefined) throw failure;
      const { code } = await client.closed;
      lostAt = Date.now();
      this.closes.push(code);
      this.place.clients.delete(client);
      if (code < 4200) await delay(Math.random() * 300);
    }
  }

  async stop() {
    this.#stopped = true;
    await this.running;
  }
}

export class Phone extends Returning {
  /** Times that were acknowledged, in order; `refusals`: codes of errors that told it to wait. */
  acknowledged = [];
  refusals = [];
  newest = null;

  constructor(t, place, name, team, { everyMs = 50 } = {}) {
    super(t, place, place.agentToken(name, team));
    this.name = name;
    this.everyMs = everyMs;
  }

  async converse(client) {
    while (!this.stopped) {
      // What was not acknowledged goes first, as it was.
      this.pending ??= { lat: (this.acknowledged.length + 1) / 10_000, lon: 1, recorded_at: new Date().toISOString() };
      const answer = await client.request({ type: 'position', ...this.pending }, 30);
      if (answer.type === 'ack') {
        this.acknowledged.push(this.pending.recorded_at);
        this.newest = this.pending;
        this.pending = null;
        await delay(this.everyMs);
      } else {
        this.refusals.push(answer.code);
        await delay(200);
      }
    }
  }

  /** Resolves when so many more were acknowledged than now. */
  more(count) {
    const goal = this.acknowledged.length + count;
    return () => this.acknowledged.length >= goal;
  }
}

export class Dashboard extends Returning {
  agents = new Map(); // what a map would show
  presence = []; // of every `presence` message: [agent, state]
  wentBack = [];

  constructor(t, place, room) {
    super(t, place, place.managerToken());
    this.room = room;
  }

  async converse(client) {
    let taken = 0;
    client.send({ type: 'subscribe', id: 1_000_000, room: this.room, ...(this.cursor ? { since: this.cursor } : {}) });
    const take = () => {
      for (; taken < client.messages.length; ++taken) this.#take(client.messages[taken]);
    };
    client.ws.on('message', take);
    take();
    await client.closed;
  }

  #take(message) {
    if (message.cursor) this.cursor = message.cursor;
    if (message.type === 'snapshot') {
      if (!message.resumed && (message.part ?? 1) === 1) this.agents.clear();
      for (const position of message.agents) this.agents.set(position.agent, position);
      this.snapshots = (this.snapshots ?? 0) + 1;
    }
    if (message.type === 'update') {
      for (const position of message.positions ?? []) {
        const before = this.agents.get(position.agent);
        if (before && before.recorded_at > position.recorded_at) this.wentBack.push(`${position.agent}: ${before.recorded_at} to ${position.recorded_at}`);
        this.agents.set(position.agent, position);
      }
    }
    for (const agent of message.left ?? []) this.agents.delete(agent);
    if (message.type === 'presence') this.presence.push([message.agent, message.state]);
  }

  shows(agent, recordedAt) {
    return this.agents.get(agent)?.recorded_at === recordedAt;
  }

  async stop() {
    this.client?.ws.terminate();
    await super.stop();
  }
}
