import type { RecoveryMode } from "../config/mod.ts";
import type { Delivery, ReplayStart } from "../hub/mod.ts";
import type { Traffic } from "../metrics/mod.ts";
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

/** Options of {@linkcode Recovery}. */
export interface RecoveryOptions {
  readonly request: RecoverRequest;
  readonly mode: RecoveryMode;
  /** Whether the subscription may go on from where it was: else it begins anew, whatever it asks. */
  readonly isRecoverable: boolean;
  /** Where the client stands before it takes the publications. */
  readonly position: Position;
}

/** What is read for one subscription that begins, and what it amounts to. */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #read: Publication[] = [];
  /** Where there is one: it may be that of many clients, encoded already. */
  #only: Delivery | undefined;
  #isLost = false;
  #bytes = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** About how large the result is. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the client goes on without a gap: with a cache, whether there is anything in it. */
  get isRecovered(): boolean {
    const { request, isRecoverable, mode } = this.#options;
    if (request.recover !== true || !isRecoverable) return false;
    return mode === "cache" ? this.#read.length > 0 : !this.#isLost;
  }

  /** The publications in the result: of a cache the newest one, unless the client has it. */
  get publications(): readonly Publication[] {
    if (!this.isRecovered) return [];
    if (this.#options.mode === "stream") return this.#read;
    return this.#hasNewest ? [] : this.#read.slice(-1);
  }

  /** What lies before the position is lost. */
  lose(): void {
    this.#isLost = true;
  }

  /** Counts what it amounts to. */
  countIn(traffic: Traffic): void {
    traffic.deliveries += this.publications.length;
    if (this.#options.request.recover !== true) return;
    if (this.isRecovered) traffic.recovered += 1;
    else traffic.lost += 1;
  }

  add(delivery: Delivery): void {
    this.#bytes += delivery.bytes;
    this.#only = this.#read.length === 0 ? delivery : undefined;
    for (const { publication } of delivery.outgoing) this.#read.push(publication);
  }

  /**
   * What the client is told. A position that is recovered is the one that the client sent: it
   * advances by the publications.
   *
   * @param delta The codec, if the subscription negotiated deltas: each publication but the first
   *   is then the difference to the one before.
   */
  result(channel: string, delta: CentrifugeCodec | undefined): SubscribeResult {
    const { request, mode, position } = this.#options;
    const { epoch } = position;
    const top = this.#newest?.offset ?? position.offset;
    const isFromPosition = this.isRecovered && mode === "stream";
    return {
      epoch,
      offset: isFromPosition ? position.offset : top,
      publications: this.#wire({ channel, epoch, hasHistory: true }, delta),
      recovered: this.isRecovered,
      was_recovering: request.recover === true,
    };
  }

  #wire(stream: Stream, delta: CentrifugeCodec | undefined): readonly WirePublication[] {
    const { publications } = this;
    const isAll = publications === this.#read && delta === undefined;
    if (isAll && this.#only !== undefined) return this.#only.listed;
    return publications.map((publication, index) => {
      if (delta === undefined) return wirePublication(publication, stream);
      return delta.deltaOf(publication, publications[index - 1], stream);
    });
  }

  get #newest(): Publication | undefined {
    return this.#read.at(-1);
  }

  get #hasNewest(): boolean {
    const { request: { offset = 0, epoch }, position } = this.#options;
    return offset > 0 && offset === this.#newest?.offset && epoch === position.epoch;
  }
}
