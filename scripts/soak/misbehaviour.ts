/** Peers that do what no client should, one after another, while others go on. */
import { encodeFrame, OPCODE } from "../../tests/helpers/frames.ts";
import { handshakeText } from "../../tests/helpers/handshake.ts";
import { HttpExchange, requestText } from "../../tests/helpers/http.ts";
import { RawCentrifugePeer } from "../../tests/helpers/raw_centrifuge_peer.ts";
import { RawPeer } from "../../tests/helpers/raw_peer.ts";
import { sleep } from "../../tests/helpers/wait.ts";
import type { Account } from "./account.ts";

const EVERY_MS = 100;
/** How long a peer keeps what it holds open. */
const HOLD_MS = 1_500;
/** Peers at once. */
const MAX_PEERS = 20;
/** Above the 64 KiB that a message or a body may have. */
const TOO_LARGE = "x".repeat(70_000);

/** One peer's whole life; gives how it ended for it. */
type Misdeed = (port: number, channel: string) => Promise<string>;

const plainPeer = (port: number, channel: string) =>
  RawPeer.connect({ port, path: `/channels/${channel}`, keepsMessages: false });

/** How a peer that has done something wrong is rid of: the server's Close, or what else happened. */
async function endingOf(peer: RawPeer): Promise<string> {
  await Promise.race([peer.closed, sleep(HOLD_MS)]);
  const ending = peer.closeFrames[0]?.code ?? peer.ending?.kind ?? "still open";
  peer.abort();
  await peer.closed;
  return `${ending}`;
}

/** Writes a piece of a request, holds the connection open, and drops it. */
async function half(port: number, text: string): Promise<string> {
  using exchange = await HttpExchange.open(port);
  await exchange.write(text);
  await sleep(HOLD_MS);
  return "dropped";
}

/** Sends bytes on a plain socket. */
async function broken(port: number, channel: string, bytes: Uint8Array): Promise<string> {
  const peer = await plainPeer(port, channel);
  await peer.send(bytes);
  return await endingOf(peer);
}

/** Sends a line on a Centrifuge socket. */
async function badCommand(port: number, text: string): Promise<string> {
  const { raw } = await RawCentrifugePeer.open({ port });
  await raw.send(encodeFrame(OPCODE.text, text));
  return await endingOf(raw);
}

async function askTooMuch(port: number, channel: string): Promise<string> {
  using exchange = await HttpExchange.open(port);
  await exchange.write(requestText(`POST /channels/${channel}`, {}, { body: TOO_LARGE }));
  const outcome = await exchange.response();
  return outcome.kind === "response" ? `${outcome.response.status}` : outcome.kind;
}

async function stopReading(port: number, channel: string): Promise<string> {
  const peer = await RawPeer.connect({ port, path: `/channels/${channel}?history=1000` });
  peer.pause();
  await sleep(HOLD_MS);
  // What it has not read makes a reset of its end.
  peer.abort();
  await peer.closed;
  return "reset";
}

/** Comes, joins and leaves as it should: only so often that joins and leaves have to be told. */
async function visit(port: number, channel: string): Promise<string> {
  const peer = await RawCentrifugePeer.open({ port });
  await peer.connect({ channel, subscribe: { join_leave: true } });
  await peer.send({ channel, unsubscribe: true });
  await peer.raw.close(1000);
  return await endingOf(peer.raw);
}

const MISDEEDS: Readonly<Record<string, Misdeed>> = {
  "half a header": (port) => half(port, "GET /channels/soak-0 HTTP/1.1\r\nHost: 127."),
  "half a body": (port, channel) => {
    const request = requestText(`POST /channels/${channel}`, { "Content-Length": "1000" });
    return half(port, `${request}only this much`);
  },
  "half a handshake": (port) => half(port, handshakeText().slice(0, -2)),
  "a frame with reserved bits": (port, channel) =>
    broken(port, channel, new Uint8Array([0xf1, 0x80, 0, 0, 0, 0])),
  "half a frame": (port, channel) =>
    broken(port, channel, encodeFrame(OPCODE.text, "half of it").slice(0, 8)),
  "noise instead of frames": (port, channel) => broken(port, channel, noise()),
  "a message that is too large": (port, channel) =>
    broken(port, channel, encodeFrame(OPCODE.text, TOO_LARGE)),
  "a body that is too large": askTooMuch,
  "a line that is no JSON": (port) => badCommand(port, "{no JSON"),
  "a command before connect": (port) => badCommand(port, '{"id":1,"publish":{"channel":"a"}}'),
  "no reading": stopReading,
  "a visit": visit,
};

/** Random bytes that are no frame: now and then others would be a message, and be published. */
function noise(): Uint8Array<ArrayBuffer> {
  const bytes = crypto.getRandomValues(new Uint8Array(512));
  // Bits that are reserved (RFC 6455 5.2) and were not agreed on.
  bytes[0] = (bytes[0] ?? 0) | 0x70;
  return bytes;
}

/** Lets peers misbehave in turns for as long as it is told to. */
export class Misbehaviour {
  readonly #account: Account;
  readonly #port: number;
  readonly #peers = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #turn = 0;

  constructor(port: number, account: Account) {
    this.#port = port;
    this.#account = account;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#next(), EVERY_MS);
  }

  /** Resolves when the last peer has gone. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await Promise.all(this.#peers);
  }

  #next(): void {
    if (this.#peers.size >= MAX_PEERS) return;
    const all = Object.entries(MISDEEDS);
    const { channels, misbehaviour } = this.#account;
    const [name, misdeed] = all[this.#turn % all.length]!;
    const channel = channels[this.#turn++ % channels.length]!.name;
    const peer = misdeed(this.#port, channel).catch(() => "no server").then((ending) => {
      misbehaviour.add(`${name}: ${ending}`);
      this.#peers.delete(peer);
    });
    this.#peers.add(peer);
  }
}
