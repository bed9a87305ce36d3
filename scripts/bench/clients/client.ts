import { OPCODE } from "../../../tests/helpers/frames.ts";
import { openHandshake } from "../../../tests/helpers/handshake.ts";
import { OrderedWriter } from "../../../tests/helpers/ordered_writer.ts";
import { inParallel, range } from "../../../tests/helpers/wait.ts";
import { FrameScanner, type ScannedFrame } from "./frame_scanner.ts";

/** What a client is for. */
export interface ClientOptions {
  readonly port: number;
  readonly path: string;
  /** Bytes of one read: few for a client that waits, many for one that is sent much. */
  readonly bufferBytes: number;
  /** Told when it is connected, before any frame. */
  readonly onOpen?: (client: Client) => void;
  /** Told of each data frame, which is not kept. */
  readonly onData?: (frame: ScannedFrame, client: Client) => void;
}

/** How many clients of a crowd connect at the same time. */
const CONNECTING_AT_ONCE = 200;

/**
 * A WebSocket client that costs next to nothing: a socket, a buffer and a read. It answers Ping
 * and Close at once, and waits for the server to end the connection.
 */
export class Client {
  /** Resolves with the code of the server's Close, or undefined if it sent none. */
  readonly ended: Promise<number | undefined>;
  readonly #connection: Deno.TcpConn;
  readonly #writer: OrderedWriter;
  readonly #scanner = new FrameScanner();
  readonly #options: ClientOptions;
  #closeCode: number | undefined;
  #pause: PromiseWithResolvers<void> | undefined;

  private constructor(connection: Deno.TcpConn, rest: Uint8Array, options: ClientOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#writer = new OrderedWriter(connection);
    options.onOpen?.(this);
    this.#scanner.push(rest, this.#onFrame);
    this.ended = this.#run();
  }

  /** Connects and upgrades; undefined when the server refuses or is not there. */
  static async connect(options: ClientOptions): Promise<Client | undefined> {
    const { port, path } = options;
    const handshake = await openHandshake({ port, path });
    if (handshake.kind !== "open") return undefined;
    handshake.connection.setNoDelay();
    return new Client(handshake.connection, handshake.rest, options);
  }

  /** Whether it has been told to go. */
  get isClosing(): boolean {
    return this.#closeCode !== undefined;
  }

  /** Sends whole frames; resolves when the kernel has taken them. */
  send(frames: Uint8Array): Promise<boolean> {
    return this.#writer.write(frames);
  }

  /** Leaves what comes in the kernel's buffer, after what is being read. */
  stopReading(): void {
    this.#pause ??= Promise.withResolvers();
  }

  /** Takes up reading. */
  readAgain(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  async #run(): Promise<number | undefined> {
    const buffer = new Uint8Array(this.#options.bufferBytes);
    while (true) {
      const count = await this.#connection.read(buffer).catch(() => null);
      if (count === null) break;
      this.#scanner.push(buffer.subarray(0, count), this.#onFrame);
      if (this.#pause !== undefined) await this.#pause.promise;
    }
    this.#connection.close();
    return this.#closeCode;
  }

  readonly #onFrame = (frame: ScannedFrame): void => {
    switch (frame.opcode) {
      case OPCODE.close:
        this.#closeCode = ((frame.bytes[frame.start] ?? 0) << 8) +
          (frame.bytes[frame.start + 1] ?? 0);
        return void this.#writer.write(answer(OPCODE.close, frame));
      case OPCODE.ping:
        return void this.#writer.write(answer(OPCODE.pong, frame));
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
function answer(opcode: number, { bytes, start, end }: ScannedFrame): Uint8Array {
  const frame = new Uint8Array(6 + end - start);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (end - start);
  frame.set(bytes.subarray(start, end), 6);
  return frame;
}
