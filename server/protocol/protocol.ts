import type { Publication } from "../publication.ts";

/** Which channel's log a publication is of. */
export interface Stream {
  readonly channel: string;
  /** The epoch that its offsets belong to. */
  readonly epoch: string;
  /** Whether the channel keeps history, so that an offset means something. */
  readonly hasHistory: boolean;
}

/**
 * How publications look on one kind of wire. A frame is encoded once and then only passed on, to
 * however many subscribers speak the same protocol.
 */
export interface Protocol<Frame> {
  /** Names the protocol in logs and metrics; unique. */
  readonly name: string;
  encode(publication: Publication, stream: Stream): Frame;
  /** Several frames as one, where the wire allows it: one write instead of many. */
  join?(frames: readonly Frame[]): Frame;
}

/** A protocol on whose wire several publications can be one frame. */
export type JoiningProtocol<Frame> = Protocol<Frame> & Required<Pick<Protocol<Frame>, "join">>;
