import type { Protocol } from "../protocol/mod.ts";
import type { Payload, Publication } from "../publication.ts";
import { payloadSize } from "../publication.ts";

/** A stored publication on its way to subscribers. */
export interface Outgoing {
  readonly publication: Publication;
  /** Who published it, to be compared with `===`; undefined for publishers that do not subscribe. */
  readonly publisher: object | undefined;
}

/** What a payload costs while it waits: its bytes and those of the objects around it. */
export function waitingBytes(payload: Payload): number {
  return 64 + payloadSize(payload);
}

/** A run of one channel's publications, encoded at most once for each protocol. */
export class Delivery {
  readonly outgoing: readonly Outgoing[];
  /** The sum of its {@linkcode waitingBytes}. */
  readonly bytes: number;
  readonly #frames = new Map<Protocol<unknown>, readonly unknown[]>();

  constructor(outgoing: readonly Outgoing[]) {
    this.outgoing = outgoing;
    this.bytes = outgoing.reduce(
      (sum, { publication }) => sum + waitingBytes(publication.payload),
      0,
    );
  }

  /** The publications as `protocol` sends them, one frame each, in order. */
  frames<Frame>(protocol: Protocol<Frame>): readonly Frame[] {
    let frames = this.#frames.get(protocol);
    if (frames === undefined) {
      frames = this.outgoing.map(({ publication }) => protocol.encode(publication));
      this.#frames.set(protocol, frames);
    }
    // The map's value was made by the very protocol that is its key.
    return frames as readonly Frame[];
  }
}
