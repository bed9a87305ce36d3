import type {
  CentrifugeCodec,
  CentrifugeFrame,
  JoiningProtocol,
  Protocol,
  Stream,
  WirePublication,
} from "../protocol/mod.ts";
import { wirePublication } from "../protocol/mod.ts";
import type { Payload, Publication } from "../publication.ts";
import { payloadSize } from "../publication.ts";

/** A stored publication on its way to subscribers. */
export interface Outgoing {
  readonly publication: Publication;
  /** Who published it, to be compared with `===`; undefined for publishers that do not subscribe. */
  readonly publisher: object | undefined;
  /** Whether it may be sent as the difference to the one before. */
  readonly hasDelta?: boolean;
  /** Its frame in each protocol that was asked for, newest first: a publication is encoded once. */
  encoded?: Encoded | undefined;
}

/** A publication in one protocol. */
interface Encoded {
  readonly protocol: Protocol<unknown>;
  readonly frame: unknown;
  readonly next: Encoded | undefined;
}

/** The frame of a publication, which is made when a protocol first asks for it. */
function frameOf<Frame>(outgoing: Outgoing, protocol: Protocol<Frame>, stream: Stream): Frame {
  for (let encoded = outgoing.encoded; encoded !== undefined; encoded = encoded.next) {
    // What is kept beside a protocol was made by it.
    if (encoded.protocol === protocol) return encoded.frame as Frame;
  }
  const frame = protocol.encode(outgoing.publication, stream);
  outgoing.encoded = { protocol, frame, next: outgoing.encoded };
  return frame;
}

/** What a payload costs while it waits: its bytes and those of the objects around it. */
export function waitingBytes(payload: Payload): number {
  return 64 + payloadSize(payload);
}

/** A run of one channel and epoch, its publications, encoded at most once for each protocol. */
export class Delivery {
  readonly stream: Stream;
  readonly outgoing: readonly Outgoing[];
  /** The sum of its {@linkcode waitingBytes}. */
  readonly bytes: number;
  readonly #frames = new Map<Protocol<unknown>, readonly unknown[]>();
  #listed: readonly WirePublication[] | undefined;
  readonly #joined = new Map<Protocol<unknown>, unknown>();
  /** For each encoding by what was seen before, as {@linkcode stepOf} names it. */
  readonly #deltas = new Map<CentrifugeCodec, Map<unknown, CentrifugeFrame>>();

  constructor(stream: Stream, outgoing: readonly Outgoing[]) {
    this.stream = stream;
    this.outgoing = outgoing;
    this.bytes = outgoing.reduce(
      (sum, { publication }) => sum + waitingBytes(publication.payload),
      0,
    );
  }

  /** The publications as a result of the Centrifuge protocol lists them; made once. */
  get listed(): readonly WirePublication[] {
    this.#listed ??= this.outgoing.map(({ publication }) =>
      wirePublication(publication, this.stream)
    );
    return this.#listed;
  }

  get epoch(): string {
    return this.stream.epoch;
  }

  /** Offset of the first publication; 0 without any. */
  get firstOffset(): number {
    return this.outgoing[0]?.publication.offset ?? 0;
  }

  /** Offset of the last publication; 0 without any. */
  get lastOffset(): number {
    return this.outgoing.at(-1)?.publication.offset ?? 0;
  }

  /** Whether it went past the log: its publications have no offsets. */
  get isTransient(): boolean {
    return this.lastOffset === 0;
  }

  /** The part that comes after `offset`. */
  after(offset: number): Delivery {
    if (this.firstOffset > offset) return this;
    const later = this.outgoing.filter(({ publication }) => publication.offset > offset);
    return new Delivery(this.stream, later);
  }

  /** The publications as `protocol` sends them, one frame each, in order. */
  frames<Frame>(protocol: Protocol<Frame>): readonly Frame[] {
    let frames = this.#frames.get(protocol);
    if (frames === undefined) {
      frames = this.outgoing.map((outgoing) => frameOf(outgoing, protocol, this.stream));
      this.#frames.set(protocol, frames);
    }
    // The map's value was made by the very protocol that is its key.
    return frames as readonly Frame[];
  }

  /** The publications as one frame of a protocol that can join them; made once. */
  joined<Frame>(protocol: JoiningProtocol<Frame>): Frame {
    if (!this.#joined.has(protocol)) {
      this.#joined.set(protocol, protocol.join(this.frames(protocol)));
    }
    return this.#joined.get(protocol) as Frame;
  }

  /** The publications as one frame for subscriptions that saw `previous` last and take deltas. */
  deltas(codec: CentrifugeCodec, previous: Publication | undefined): CentrifugeFrame {
    const made = this.#deltas.get(codec) ?? new Map<unknown, CentrifugeFrame>();
    this.#deltas.set(codec, made);
    const step = stepOf(previous);
    const frame = made.get(step) ?? this.#deltaFrame(codec, previous);
    made.set(step, frame);
    return frame;
  }

  #deltaFrame(codec: CentrifugeCodec, previous: Publication | undefined): CentrifugeFrame {
    let before = previous;
    const frames = this.outgoing.map(({ publication, hasDelta = false }) => {
      const body = codec.deltaOf(publication, hasDelta ? before : undefined, this.stream);
      before = publication;
      return codec.encode({ kind: "push", channel: this.stream.channel, push: "pub", body });
    });
    return codec.join(frames);
  }
}

/**
 * Names what was seen before: by its offset, because who has just recovered read it from the log and
 * the others from the delivery before. What went past the log has none.
 */
function stepOf(previous: Publication | undefined): unknown {
  return previous !== undefined && previous.offset > 0 ? previous.offset : previous;
}

/**
 * Publications in one delivery: what one subscriber takes in one go, between two looks at the clock.
 * Joined they are one frame, and a frame costs as much as the bytes of some dozens of them.
 */
const MAX_DELIVERY = 128;

/**
 * Bytes after which a delivery is full. A subscriber takes one delivery a turn, and what was sent
 * is written between turns: a burst does not make a healthy subscriber look too slow.
 */
const MAX_DELIVERY_BYTES = 262_144;

/** Whether a delivery of so many publications and bytes takes no more. */
export function isFull(count: number, bytes: number): boolean {
  return count >= MAX_DELIVERY || bytes >= MAX_DELIVERY_BYTES;
}

/** Cuts what is to be handed out into runs that make one delivery each. */
export function runsOf(outgoing: readonly Outgoing[]): Outgoing[][] {
  const runs: Outgoing[][] = [];
  let run: Outgoing[] = [];
  let bytes = 0;
  for (const next of outgoing) {
    run.push(next);
    bytes += waitingBytes(next.publication.payload);
    if (!isFull(run.length, bytes)) continue;
    runs.push(run);
    [run, bytes] = [[], 0];
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
