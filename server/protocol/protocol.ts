import type { Publication } from "../publication.ts";

/**
 * How publications look on one kind of wire. A frame is encoded once and then only passed on, to
 * however many subscribers speak the same protocol.
 */
export interface Protocol<Frame> {
  /** Names the protocol in logs and metrics; unique. */
  readonly name: string;
  /** @param epoch The epoch that the publication's offset belongs to. */
  encode(publication: Publication, epoch: string): Frame;
  /** Several frames as one, where the wire allows it: one write instead of many. */
  join?(frames: readonly Frame[]): Frame;
}
