import type { CloseOutcome, Flight } from "../../lifecycle/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { CentrifugeCodec, CentrifugeFrame } from "../protocol/mod.ts";
import type { ClientTransport } from "./websocket_transport.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** What a stream of frames needs. */
export interface StreamTransportOptions {
  readonly codec: CentrifugeCodec;
  /** A frame as it stands in the stream. */
  readonly wrap: (frame: CentrifugeFrame) => Chunk;
  /** What comes before the first frame, if anything. */
  readonly head?: Chunk;
  /** Bytes that may wait for the reader. */
  readonly maxQueuedBytes: number;
  /** Milliseconds that the reader has to take the last bytes. */
  readonly closeTimeoutMs: number;
  /** Completed when the whole answer is out, or the reader has gone. */
  readonly flight: Flight;
  /** Called once, when the stream has ended. */
  readonly onEnded: (outcome: CloseOutcome) => void;
}

/** Milliseconds without any progress after which a reader is taken for gone. */
const STALL_MS = 30_000;

/** The sending half of a client whose answers come as one long HTTP response. */
export class StreamTransport implements ClientTransport {
  /** What the reader reads. */
  readonly body: ReadableStream<Chunk>;
  readonly #options: StreamTransportOptions;
  readonly #controller: ReadableStreamDefaultController<Chunk>;
  #pulled = Promise.withResolvers<void>();
  #onGivenUp: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isEnded = false;

  constructor(options: StreamTransportOptions) {
    this.#options = options;
    let controller: ReadableStreamDefaultController<Chunk> | undefined;
    this.body = new ReadableStream<Chunk>({
      start: (ready) => {
        controller = ready;
      },
      pull: () => this.#tellPulled(),
      cancel: () => this.#end("terminated"),
    }, { highWaterMark: options.maxQueuedBytes, size: ({ byteLength }) => byteLength });
    if (controller === undefined) throw new TypeError("Cannot stream as the stream did not start");
    this.#controller = controller;
    if (options.head !== undefined) controller.enqueue(options.head);
    options.flight.completed.then(() => this.#end("clean"), () => this.#end("terminated"));
  }

  get queuedBytes(): number {
    const { desiredSize } = this.#controller;
    return desiredSize === null ? 0 : this.#options.maxQueuedBytes - desiredSize;
  }

  send(frame: CentrifugeFrame): boolean {
    if (this.#isEnded) return true;
    this.#controller.enqueue(this.#options.wrap(frame));
    return (this.#controller.desiredSize ?? 0) > 0;
  }

  async drained(): Promise<boolean> {
    const { maxQueuedBytes } = this.#options;
    while (!this.#isEnded && (this.#controller.desiredSize ?? 0) < maxQueuedBytes / 2) {
      const stall = Promise.withResolvers<"stalled">();
      const timer = setTimeout(() => stall.resolve("stalled"), STALL_MS);
      const outcome = await Promise.race([this.#pulled.promise, stall.promise]);
      clearTimeout(timer);
      if (outcome === "stalled") return false;
    }
    return true;
  }

  /** There is no Close frame here: the last message says why. */
  close({ code, reason }: Disconnect, onGivenUp: () => void): void {
    if (this.#isEnded) return;
    const { codec, closeTimeoutMs } = this.#options;
    const body = { code, reason };
    this.send(codec.encode({ kind: "push", channel: "", push: "disconnect", body }));
    this.#onGivenUp = onGivenUp;
    this.#timer = setTimeout(() => this.giveUp(), closeTimeoutMs);
    this.#controller.close();
    this.#tellPulled();
  }

  closed(): void {
    clearTimeout(this.#timer);
  }

  giveUp(): void {
    const onGivenUp = this.#onGivenUp;
    if (this.#isEnded || onGivenUp === undefined) return;
    this.#onGivenUp = undefined;
    clearTimeout(this.#timer);
    // The runtime cannot take back what it holds for a reader that does not read.
    this.#options.flight.abandon();
    onGivenUp();
  }

  #tellPulled(): void {
    this.#pulled.resolve();
    this.#pulled = Promise.withResolvers();
  }

  #end(outcome: CloseOutcome): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#tellPulled();
    this.#options.onEnded(outcome);
  }
}

const ENCODER = new TextEncoder();

/** A frame of an HTTP stream: JSON messages each with a line break behind it, Protobuf as it is. */
export function wrapForHttpStream(frame: CentrifugeFrame): Chunk {
  return typeof frame === "string" ? ENCODER.encode(`${frame}\n`) : frame;
}

/** Messages as events, one each (WHATWG HTML 9.2). */
export function wrapForEventStream(frame: CentrifugeFrame): Chunk {
  if (typeof frame !== "string") {
    throw new TypeError("Cannot send an event as it must be text: it is binary");
  }
  return ENCODER.encode(frame.split("\n").map((message) => `data: ${message}\n\n`).join(""));
}

/**
 * What an event stream begins with, so that its reader sees it open. Not the CR LF that Centrifugo
 * sends: eventsource 2 for Node loses the event that comes in one piece with it.
 */
export const EVENT_STREAM_HEAD: Chunk = ENCODER.encode("\n");
