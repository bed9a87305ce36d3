import type { RecoveryMode } from "../config/mod.ts";
import type { Delivery, ReplayStart } from "../hub/mod.ts";
import type {
  CentrifugeCodec,
  RecoverRequest,
  Stream,
  SubscribeResult,
  WirePublication,
} from "../protocol/mod.ts";
import { wirePublication } from "../protocol/mod.ts";
import type { Position, Publication } from "../publication.ts";

/** Where reading begins, for what a client asks. */
export function streamStart(
  { recover, offset = 0, epoch = "" }: RecoverRequest,
  { mode, isRecoverable, maxMissed }: {
    mode: RecoveryMode;
    isRecoverable: boolean;
    /** 0 for as many as are kept. */
    maxMissed: number;
  },
): ReplayStart {
  if (recover !== true || !isRecoverable) return { kind: "top" };
  if (mode === "cache") return { kind: "last", count: 1 };
  return {
    ...{ kind: "since", offset, epoch: epoch === "" ? undefined : epoch },
    ...(maxMissed > 0 && { maxMissed }),
  };
}

/** What is read for one subscription that begins, and what it amounts to. */
export class Recovery {
  readonly #request: RecoverRequest;
  readonly #mode: RecoveryMode;
  /** Where the client stands before it takes the publications. */
  readonly #position: Position;
  readonly #publications: Publication[] = [];
  #isLost = false;
  #bytes = 0;

  constructor(request: RecoverRequest, mode: RecoveryMode, position: Position) {
    this.#request = request;
    this.#mode = mode;
    this.#position = position;
  }

  /** About how large the result is. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The last publication in the result. */
  get last(): Publication | undefined {
    return this.#publications.at(-1);
  }

  /** Whether the client goes on without a gap: with a cache, whether there is anything in it. */
  get isRecovered(): boolean {
    if (this.#request.recover !== true) return false;
    return this.#mode === "cache" ? this.#publications.length > 0 : !this.#isLost;
  }

  /** What lies before the position is lost. */
  lose(): void {
    this.#isLost = true;
  }

  add(delivery: Delivery): void {
    this.#bytes += delivery.bytes;
    for (const { publication } of delivery.outgoing) this.#publications.push(publication);
  }

  /**
   * What the client is told. A position that is recovered is the one that the client sent: it
   * advances by the publications.
   *
   * @param delta The codec, if the subscription negotiated deltas: each publication but the first
   *   is then the difference to the one before.
   */
  result(channel: string, delta: CentrifugeCodec | undefined): SubscribeResult {
    const { epoch } = this.#position;
    const top = this.last?.offset ?? this.#position.offset;
    const isCache = this.#mode === "cache";
    return {
      epoch,
      offset: isCache || !this.isRecovered ? top : this.#position.offset,
      publications: this.#wire({ channel, epoch, hasHistory: true }, delta),
      recovered: this.isRecovered,
      was_recovering: this.#request.recover === true,
    };
  }

  #wire(stream: Stream, delta: CentrifugeCodec | undefined): WirePublication[] {
    if (!this.isRecovered || this.#hasNewest(stream.epoch)) return [];
    return this.#publications.map((publication, index) => {
      if (delta === undefined) return wirePublication(publication, stream);
      return delta.deltaOf(publication, this.#publications[index - 1], stream);
    });
  }

  /** A client that has the one publication of a cache is not given it again. */
  #hasNewest(epoch: string): boolean {
    const { offset = 0, epoch: sent } = this.#request;
    return this.#mode === "cache" && offset > 0 && offset === this.last?.offset && sent === epoch;
  }
}
