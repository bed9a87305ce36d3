import type { CentrifugeCodec, CentrifugeFrame } from "../protocol/mod.ts";
import { wireClientInfo } from "../protocol/mod.ts";
import type { ClientInfo } from "../publication.ts";

/** That a client came into a channel or left it; encoded at most once for each encoding. */
export class Notice {
  readonly kind: "join" | "leave";
  readonly channel: string;
  readonly info: ClientInfo;
  readonly #frames = new Map<CentrifugeCodec, CentrifugeFrame>();

  constructor(kind: "join" | "leave", channel: string, info: ClientInfo) {
    this.kind = kind;
    this.channel = channel;
    this.info = info;
  }

  /** The notice as a push. */
  frame(codec: CentrifugeCodec): CentrifugeFrame {
    let frame = this.#frames.get(codec);
    if (frame === undefined) {
      const { kind: push, channel } = this;
      frame = codec.encode({
        kind: "push",
        channel,
        push,
        body: { info: wireClientInfo(this.info) },
      });
      this.#frames.set(codec, frame);
    }
    return frame;
  }
}
