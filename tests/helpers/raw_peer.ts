/**
 * A WebSocket client that can misbehave on purpose, and that writes down what the server did.
 *
 * It costs a socket, a pending read of 256 bytes and no timer, so one process can hold ten
 * thousand of them.
 */
import { type CloseReply, type ReceivedClose, replyToClose } from "./close_reply.ts";
import { closePayload, encodeFrame, type Frame, FrameParser, OPCODE, readClose } from "./frames.ts";
import { type Handshake, type HandshakeOptions, openHandshake } from "./handshake.ts";
import { OrderedWriter } from "./ordered_writer.ts";
import { sleep, type WaitOptions, within } from "./wait.ts";

/** Options of a peer besides where it connects. */
export interface PeerOptions extends HandshakeOptions {
  /** @default { kind: "same" } */
  readonly closeReply?: CloseReply<RawPeer>;
  /** Whether frames are kept in `messages`; without, they are only counted. @default true */
  readonly keepsMessages?: boolean;
  /** Whether a ping is answered with its pong. @default true */
  readonly answersPings?: boolean;
}

/** How the connection ended: the server's FIN, a reset, or `abort` on this side. */
export interface PeerEnding {
  readonly kind: "eof" | "reset" | "aborted";
  /** `performance.now()` of the end. */
  readonly atMs: number;
}

const SMALLEST_READ = 256;
const LARGEST_READ = 65_536;

/** One raw client connection, from the finished opening handshake to EOF or reset. */
export class RawPeer implements Disposable {
  /** Data frames of the server in order; empty with `keepsMessages: false`. */
  readonly messages: Frame[] = [];
  /** Every Close frame of the server; more than one is a defect of the server. */
  readonly closeFrames: ReceivedClose[] = [];
  /** Frames of any kind that came after the server's first Close; must stay 0. */
  framesAfterClose = 0;
  messageCount = 0;
  pingCount = 0;
  pongCount = 0;
  /**
   * Data messages that lie before this peer's own Close in the byte stream, fully written:
   * exactly those that a server must process.
   */
  sentBeforeClose = 0;
  closeReply: CloseReply<RawPeer>;
  /** Resolves, and never rejects, when the connection has ended. */
  readonly closed: Promise<PeerEnding>;
  readonly responseHeaders: Headers;
  readonly #connection: Deno.Conn;
  readonly #writer: OrderedWriter;
  readonly #parser = new FrameParser();
  readonly #keepsMessages: boolean;
  readonly #answersPings: boolean;
  #gate: PromiseWithResolvers<void> | undefined;
  #bytesPerSecond = Infinity;
  #hasSentClose = false;
  #hasAborted = false;
  #ending: PeerEnding | undefined;
  #waiters = new Set<() => void>();

  constructor(handshake: Handshake & { kind: "open" }, options: Omit<PeerOptions, "port"> = {}) {
    this.#connection = handshake.connection;
    this.responseHeaders = handshake.headers;
    this.closeReply = options.closeReply ?? { kind: "same" };
    this.#keepsMessages = options.keepsMessages ?? true;
    this.#answersPings = options.answersPings ?? true;
    this.#writer = new OrderedWriter(handshake.connection);
    this.closed = this.#run(handshake.rest);
  }

  /** Connects and upgrades. @throws {Error} when the server refuses; see `attempt`. */
  static async connect(options: PeerOptions): Promise<RawPeer> {
    const handshake = await openHandshake(options);
    if (handshake.kind === "open") return new RawPeer(handshake, options);
    throw new Error(`Cannot open a WebSocket: ${JSON.stringify(handshake)}`);
  }

  /** Connects and upgrades; a refusal comes back with its status, headers and body. */
  static async attempt(
    options: PeerOptions,
  ): Promise<
    { readonly kind: "open"; readonly peer: RawPeer } | Exclude<Handshake, { kind: "open" }>
  > {
    const handshake = await openHandshake(options);
    return handshake.kind !== "open"
      ? handshake
      : { kind: "open", peer: new RawPeer(handshake, options) };
  }

  /** Whether the connection has ended, and how. */
  get ending(): PeerEnding | undefined {
    return this.#ending;
  }

  /** Sends one text message. Like all sending: `true` when written, `false` when it is too late. */
  text(text: string): Promise<boolean> {
    return this.send(encodeFrame(OPCODE.text, text), { messages: 1 });
  }

  /** Sends one binary message. */
  binary(bytes: Uint8Array): Promise<boolean> {
    return this.send(encodeFrame(OPCODE.binary, bytes), { messages: 1 });
  }

  /** Sends a ping. */
  ping(payload = ""): Promise<boolean> {
    return this.send(encodeFrame(OPCODE.ping, payload));
  }

  /** Sends a pong that nobody asked for. */
  pong(payload = ""): Promise<boolean> {
    return this.send(encodeFrame(OPCODE.pong, payload));
  }

  /** Sends a Close frame; without a code an empty one. */
  close(code?: number, reason = ""): Promise<boolean> {
    const payload = code === undefined ? "" : closePayload(code, reason);
    return this.send(encodeFrame(OPCODE.close, payload), { isClose: true });
  }

  /**
   * Writes bytes as they are, in one write. Say how many whole data `messages` they hold, and
   * whether they end this side's messages, so that `sentBeforeClose` stays true.
   */
  send(
    bytes: Uint8Array,
    { messages = 0, isClose = false }: { messages?: number; isClose?: boolean } = {},
  ): Promise<boolean> {
    const isBeforeClose = !this.#hasSentClose;
    this.#hasSentClose ||= isClose;
    return this.#writer.write(bytes, () => {
      if (isBeforeClose) this.sentBeforeClose += messages;
    });
  }

  /** Stops reading: what the server sends fills the kernel's buffers and then the server's. */
  pause(): void {
    this.#gate ??= Promise.withResolvers<void>();
  }

  /** Reads again, at `bytesPerSecond` where given. */
  resume(bytesPerSecond = Infinity): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** Ends this side's stream with a FIN and goes on reading. */
  async halfClose(): Promise<void> {
    await this.#connection.closeWrite();
  }

  /** Drops the connection: a FIN for the server, and a reset after it if bytes are unread here. */
  abort(): void {
    if (this.#hasAborted || this.#ending) return;
    this.#hasAborted = true;
    // Up to Deno 2.8 a pending read keeps a closed connection alive: let at least the FIN go out.
    this.#connection.closeWrite().catch(() => {});
    this.#connection.close();
    this.resume();
  }

  /** Waits until `condition` holds, looked at after each read. Rejects when the peer ends first. */
  async until(condition: (peer: this) => boolean, options: WaitOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => {
      if (condition(this)) return resolve();
      if (this.#ending) {
        reject(new Error(`The peer ended before ${options.what}: ${this.summary()}`));
      }
    };
    this.#waiters.add(check);
    check();
    try {
      await within(promise, { explain: () => this.summary(), ...options });
    } finally {
      this.#waiters.delete(check);
    }
  }

  /** What happened to this peer, in a line, for failure messages. */
  summary(): string {
    const { messageCount, closeFrames, framesAfterClose, sentBeforeClose } = this;
    const ending = this.#ending?.kind ?? "open";
    return JSON.stringify({ messageCount, closeFrames, framesAfterClose, sentBeforeClose, ending });
  }

  [Symbol.dispose](): void {
    this.abort();
  }

  async #run(rest: Uint8Array): Promise<PeerEnding> {
    this.#take(rest);
    const kind = await this.#readToEnd();
    this.#ending = { kind: this.#hasAborted ? "aborted" : kind, atMs: performance.now() };
    if (!this.#hasAborted) this.#connection.close();
    for (const check of this.#waiters) check();
    return this.#ending;
  }

  async #readToEnd(): Promise<"eof" | "reset"> {
    let buffer = new Uint8Array(SMALLEST_READ);
    while (true) {
      const limit = Math.max(1, Math.min(buffer.length, this.#bytesPerSecond / 20));
      const count = await this.#connection.read(buffer.subarray(0, limit)).catch(() => undefined);
      // A read may have been under way when `pause` was called: keep it back until `resume`.
      if (this.#gate) await this.#gate.promise;
      if (count === undefined) return "reset";
      if (count === null) return "eof";
      this.#take(buffer.subarray(0, count));
      if (this.#bytesPerSecond < Infinity) await sleep(count / this.#bytesPerSecond * 1000);
      if (count === buffer.length && count < LARGEST_READ) buffer = new Uint8Array(count * 4);
    }
  }

  #take(bytes: Uint8Array): void {
    this.#parser.push(bytes, (frame) => this.#onFrame(frame));
    for (const check of this.#waiters) check();
  }

  #onFrame(frame: Frame): void {
    if (this.closeFrames.length > 0) this.framesAfterClose++;
    switch (frame.opcode) {
      case OPCODE.close:
        return this.#onClose(frame);
      case OPCODE.ping:
        this.pingCount++;
        if (this.#answersPings) void this.send(encodeFrame(OPCODE.pong, frame.payload));
        return;
      case OPCODE.pong:
        return void this.pongCount++;
      default:
        this.messageCount++;
        if (this.#keepsMessages) this.messages.push(frame);
    }
  }

  #onClose(frame: Frame): void {
    const { code, reason } = readClose(frame.payload);
    this.closeFrames.push({ code, reason, atMs: frame.atMs });
    // The server's Close may itself be the answer to ours.
    if (this.closeFrames.length > 1 || this.#hasSentClose) return;
    replyToClose<RawPeer>(this, this.closeFrames[0]!);
  }
}
