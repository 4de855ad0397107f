// Bytes on a TCP socket, for what no decent client would send, and a reader of server frames.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { within } from './waiting.mjs';

export class RawSocket {
  received = Buffer.alloc(0);
  #waiting = new Set();

  constructor(socket) {
    this.socket = socket;
    const wake = () => {
      for (const check of this.#waiting) check();
    };
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.isClosed = true;
        resolve();
        wake();
      });
    });
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      wake();
    });
    socket.on('error', () => {}); // `ended` tells
  }

  get text() {
    return this.received.toString('latin1');
  }

  /** Resolves once the bytes are with the kernel; false when the peer is gone. */
  write(data) {
    return new Promise((resolve) => {
      if (this.socket.destroyed) resolve(false);
      else this.socket.write(data, (error) => resolve(!error));
    });
  }

  /** What `probe` makes of the bytes received, once it makes something of them. */
  waitFor(probe, what, seconds = 10) {
    const found = new Promise((resolve, reject) => {
      const check = () => {
        const value = probe(this);
        if (value) resolve(value);
        else if (this.isClosed) reject(new Error(`the connection ended before ${what}: ${this.text.slice(0, 400)}`));
        else return;
        this.#waiting.delete(check);
      };
      this.#waiting.add(check);
      check();
    });
    return within(found, what, seconds, () => `Received ${this.received.length} bytes: ${this.text.slice(0, 400)}`);
  }

  /** The whole HTTP response: {status, head, body, json}; by Content-Length, or to the end of the connection. */
  response(seconds = 10) {
    return this.waitFor(
      () => {
        const end = this.text.indexOf('\r\n\r\n');
        if (end < 0) return null;
        const head = this.text.slice(0, end);
        const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
        const length = /^content-length: *(\d+)/im.exec(head)?.[1];
        const body = this.received.subarray(end + 4);
        if (length === undefined ? status !== 101 && status !== 204 && !this.isClosed : body.length < Number(length)) return null;
        const text = body.subarray(0, length === undefined ? body.length : Number(length)).toString('utf8');
        let json;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        return { status, head, body: text, json };
      },
      'HTTP response',
      seconds,
    );
  }

  waitForEnd(seconds = 10) {
    return within(this.ended, 'end of the connection', seconds);
  }

  destroy() {
    this.socket.destroy();
  }
}

export async function connectRaw(server, { secure = false, ...options } = {}) {
  const socket = secure
    ? tls.connect({ host: '127.0.0.1', port: server.port, ...options })
    : net.connect({ host: '127.0.0.1', port: server.port, ...options });
  const raw = new RawSocket(socket);
  await within(
    new Promise((resolve, reject) => {
      socket.once(secure ? 'secureConnect' : 'connect', resolve);
      socket.once('error', reject);
    }),
    'TCP connection',
  );
  server.raws.add(raw);
  return raw;
}

/** One client frame. `masked: false` is what a client must not send. */
export function frame(opcode, payload = '', { fin = true, masked = true, reserved = 0, announced } = {}) {
  const body = Buffer.from(payload);
  const length = announced ?? body.length;
  const head = [(fin ? 0x80 : 0) | reserved | opcode];
  const maskBit = masked ? 0x80 : 0;
  if (length < 126) head.push(maskBit | length);
  else if (length <= 0xffff) head.push(maskBit | 126, length >> 8, length & 0xff);
  else {
    const wide = Buffer.alloc(8);
    wide.writeBigUInt64BE(BigInt(length));
    head.push(maskBit | 127, ...wide);
  }
  if (!masked) return Buffer.concat([Buffer.from(head), body]);
  const mask = randomBytes(4);
  const hidden = Buffer.alloc(body.length);
  for (let index = 0; index < body.length; ++index) hidden[index] = body[index] ^ mask[index % 4];
  return Buffer.concat([Buffer.from(head), mask, hidden]);
}
export const textFrame = (value, options) => frame(1, typeof value === 'string' ? value : JSON.stringify(value), options);

/** The whole frames at the start of `bytes`: {frames: [{opcode, payload}], used}. */
function framesIn(bytes) {
  const frames = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    let length = bytes[at + 1] & 0x7f;
    let head = 2;
    if (length === 126) {
      if (at + 4 > bytes.length) break;
      length = bytes.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127) {
      if (at + 10 > bytes.length) break;
      length = Number(bytes.readBigUInt64BE(at + 2));
      head = 10;
    }
    if (at + head + length > bytes.length) break;
    frames.push({ opcode: bytes[at] & 0x0f, payload: bytes.subarray(at + head, at + head + length) });
    at += head + length;
  }
  return { frames, used: at };
}

/** A WebSocket of which the test writes and reads every byte itself. */
export class RawWebSocket {
  #frames = [];
  #messages = [];
  #read = 0; // frames already looked at for messages

  static async open(server, token, options = {}) {
    const raw = await connectRaw(server, options);
    const key = randomBytes(16).toString('base64');
    await raw.write(
      `GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: fieldcast.v1.json\r\n` +
        `${token ? `Authorization: Bearer ${token}\r\n` : ''}\r\n`,
    );
    const { status } = await raw.response();
    if (status !== 101) throw new Error(`the upgrade was refused: ${raw.text}`);
    const socket = new RawWebSocket();
    socket.raw = raw;
    socket.start = raw.received.indexOf('\r\n\r\n') + 4;
    return socket;
  }

  get frames() {
    const { frames, used } = framesIn(this.raw.received.subarray(this.start));
    this.#frames.push(...frames);
    this.start += used;
    return this.#frames;
  }
  get messages() {
    for (const { opcode, payload } of this.frames.slice(this.#read)) {
      if (opcode === 1) this.#messages.push(JSON.parse(payload.toString('utf8')));
      ++this.#read;
    }
    return this.#messages;
  }
  get closeFrame() {
    const found = this.frames.find(({ opcode }) => opcode === 8);
    if (!found) return null;
    return found.payload.length < 2 ? { code: 1005, reason: '' } : { code: found.payload.readUInt16BE(0), reason: found.payload.subarray(2).toString('utf8') };
  }
  send(value) {
    return this.raw.write(textFrame(value));
  }
  waitForMessage(predicate, what, seconds) {
    return this.raw.waitFor(() => this.messages.find(predicate), what, seconds);
  }
  /** Waits for the server's close frame and then for the end of the connection. */
  async waitForClose(seconds) {
    const found = await this.raw.waitFor(() => this.closeFrame, 'close frame', seconds);
    if (!this.raw.isClosed) {
      const code = Buffer.alloc(2);
      code.writeUInt16BE(found.code === 1005 ? 1000 : found.code);
      await this.raw.write(frame(8, code));
    }
    await this.raw.waitForEnd(seconds);
    return found;
  }
  destroy() {
    this.raw.destroy();
  }
}
