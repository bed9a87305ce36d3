import { OPCODE } from "../../../tests/helpers/frames.ts";
import { handshakeText } from "../../../tests/helpers/handshake.ts";
import { inParallel, range } from "../../../tests/helpers/wait.ts";
import { FrameScanner, type ScannedFrame } from "./frame_scanner.ts";
import { closeSocket, connectSocket, sendBytes } from "./kernel.ts";
import { Reactor, type SocketOwner } from "./reactor.ts";

/** What a client is for. */
export interface ClientOptions {
  readonly port: number;
  readonly path: string;
  /** Told when it is connected, before any frame. */
  readonly onOpen?: (client: Client) => void;
  /** Told of each data frame, which is not kept. */
  readonly onData?: (frame: ScannedFrame, client: Client) => void;
}

interface UnsentBytes {
  bytes: Uint8Array<ArrayBuffer>;
  readonly settle: (isSent: boolean) => void;
}

/** How many clients of a crowd connect at the same time. */
const CONNECTING_AT_ONCE = 200;

const REACTOR = new Reactor();
const HEAD_END = "\r\n\r\n";
const DONE = Promise.resolve(true);

/**
 * A WebSocket client that costs next to nothing: a socket, and what is left of a frame. It answers
 * Ping and Close at once, and waits for the server to end the connection.
 */
export class Client implements SocketOwner {
  /** Resolves with the code of the server's Close, or undefined if it sent none. */
  readonly ended: Promise<number | undefined>;
  readonly #socket: number;
  readonly #options: ClientOptions;
  readonly #scanner = new FrameScanner();
  readonly #opened = Promise.withResolvers<boolean>();
  readonly #ended = Promise.withResolvers<number | undefined>();
  /** The answer to the handshake as far as it has come; undefined behind it. */
  #head: string | undefined = "";
  #unsent: UnsentBytes[] = [];
  #closeCode: number | undefined;
  #isOver = false;

  private constructor(socket: number, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    this.ended = this.#ended.promise;
    REACTOR.add(socket, this);
    void this.send(new TextEncoder().encode(handshakeText({ path: options.path })));
  }

  /** Connects and upgrades; undefined when the server refuses or is not there. */
  static async connect(options: ClientOptions): Promise<Client | undefined> {
    const socket = connectSocket(options.port);
    if (socket < 0) return undefined;
    const client = new Client(socket, options);
    return await client.#opened.promise ? client : undefined;
  }

  /** Whether it has been told to go. */
  get isClosing(): boolean {
    return this.#closeCode !== undefined;
  }

  /** Sends whole frames; resolves when the kernel has taken them. */
  send(frames: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (this.#isOver) return Promise.resolve(false);
    const count = this.#unsent.length > 0 ? 0 : Math.max(0, sendBytes(this.#socket, frames));
    if (count === frames.length) return DONE;
    if (this.#unsent.length === 0) REACTOR.watchRoom(this.#socket, true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#unsent.push({ bytes: frames.subarray(count), settle: resolve });
    return promise;
  }

  /** Leaves what comes in the kernel's buffer. */
  stopReading(): void {
    REACTOR.pause(this.#socket);
  }

  /** Takes up reading. */
  readAgain(): void {
    REACTOR.resume(this.#socket);
  }

  received(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#head === undefined) return this.#scanner.push(bytes, this.#onFrame);
    const before = this.#head.length;
    this.#head += new TextDecoder("latin1").decode(bytes);
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) return;
    const isOpen = this.#head.startsWith("HTTP/1.1 101");
    this.#head = undefined;
    if (!isOpen) return this.closed();
    this.#options.onOpen?.(this);
    this.#opened.resolve(true);
    this.#scanner.push(bytes.subarray(end + HEAD_END.length - before), this.#onFrame);
  }

  canSend(): void {
    for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
      const count = Math.max(0, sendBytes(this.#socket, first.bytes));
      first.bytes = first.bytes.subarray(count);
      if (first.bytes.length > 0) return;
      this.#unsent.shift();
      first.settle(true);
    }
    REACTOR.watchRoom(this.#socket, false);
  }

  /** The connection has ended. */
  closed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    REACTOR.forget(this.#socket);
    closeSocket(this.#socket);
    for (const { settle } of this.#unsent) settle(false);
    this.#opened.resolve(false);
    this.#ended.resolve(this.#closeCode);
  }

  readonly #onFrame = (frame: ScannedFrame): void => {
    switch (frame.opcode) {
      case OPCODE.close:
        this.#closeCode = ((frame.bytes[frame.start] ?? 0) << 8) +
          (frame.bytes[frame.start + 1] ?? 0);
        return void this.send(answer(OPCODE.close, frame));
      case OPCODE.ping:
        return void this.send(answer(OPCODE.pong, frame));
      default:
        this.#options.onData?.(frame, this);
    }
  };
}

/** Connects a crowd, some at a time; those the server refused are missing. */
export async function connectCrowd(
  count: number,
  optionsOf: (index: number) => ClientOptions,
): Promise<Client[]> {
  const connect = (index: number) => Client.connect(optionsOf(index));
  const clients = await inParallel(range(count), connect, CONNECTING_AT_ONCE);
  return clients.filter((client) => client !== undefined);
}

/** A control frame with the payload of another, masked with zeros: legal, and free. */
function answer(opcode: number, { bytes, start, end }: ScannedFrame): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(6 + end - start);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (end - start);
  frame.set(bytes.subarray(start, end), 6);
  return frame;
}
