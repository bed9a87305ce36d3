import type { DecodedFrame } from "./centrifuge_commands.ts";
import type { Reply, WirePublication } from "./centrifuge_replies.ts";
import type { JoiningProtocol, Stream } from "./protocol.ts";
import type { Publication } from "../publication.ts";

/** What a Centrifuge connection carries: text for JSON, bytes for Protobuf. */
export type CentrifugeFrame = string | Uint8Array<ArrayBuffer>;

/** What a client sends beside its stream. */
export interface Emulation {
  /** The stream's name. */
  readonly session: string;
  /** The server that has the stream. */
  readonly node: string;
  /** A frame of commands. */
  readonly data: CentrifugeFrame;
}

/** One encoding of the Centrifuge protocol. */
export interface CentrifugeCodec<Frame extends CentrifugeFrame = CentrifugeFrame> {
  readonly name: string;
  /** The commands of one frame; never throws for what a client sends. */
  decode(data: string | Uint8Array<ArrayBuffer>): DecodedFrame;
  /** What the body of a request to `/emulation` says; undefined if it is none. */
  decodeEmulation(body: Uint8Array<ArrayBuffer>): Emulation | undefined;
  /** One message as a frame of its own. */
  encode(reply: Reply): Frame;
  /** Frames as one, in their order. */
  join(frames: readonly Frame[]): Frame;
  /** Publications as pushes, encoded once for all subscribers. */
  readonly publications: JoiningProtocol<Frame>;
  /**
   * A publication for a subscription that negotiated deltas: as the difference to `previous`, or
   * whole where there is none or where that is shorter.
   */
  deltaOf(
    publication: Publication,
    previous: Publication | undefined,
    stream: Stream,
  ): WirePublication;
}
