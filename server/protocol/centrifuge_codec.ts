import type { DecodedFrame } from "./centrifuge_commands.ts";
import type { Reply, WirePublication } from "./centrifuge_replies.ts";
import type { JoiningProtocol, Stream } from "./protocol.ts";
import type { Publication } from "../publication.ts";

/** What a Centrifuge connection carries: text for JSON, bytes for Protobuf. */
export type CentrifugeFrame = string | Uint8Array<ArrayBuffer>;

/** One encoding of the Centrifuge protocol. */
export interface CentrifugeCodec<Frame extends CentrifugeFrame = CentrifugeFrame> {
  readonly name: string;
  /** The commands of one frame; never throws for what a client sends. */
  decode(data: string | Uint8Array<ArrayBuffer>): DecodedFrame;
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
