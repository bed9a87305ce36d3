import { concat } from "@std/bytes/concat";
import type { Payload, Publication } from "../publication.ts";
import type { CentrifugeCodec, Emulation } from "./centrifuge_codec.ts";
import type { Command, DecodedFrame } from "./centrifuge_commands.ts";
import type { Reply, WirePublication } from "./centrifuge_replies.ts";
import type { JoiningProtocol, Stream } from "./protocol.ts";
import { CENTRIFUGE_SCHEMA } from "./centrifuge_schema.ts";
import { fossilDelta } from "./fossil_delta.ts";
import { payloadBytes } from "./payload_bytes.ts";
import { type Fields, ProtobufMessage } from "./protobuf_message.ts";
import { wirePublication } from "./wire_publication.ts";

/** The part of the library that this file uses. */
type Protobuf = Pick<typeof import("protobufjs"), "Reader" | "Writer" | "parse">;

type Frame = Uint8Array<ArrayBuffer>;

const PACKAGE = "centrifugal.centrifuge.protocol";

/**
 * The Centrifuge protocol in Protobuf: a frame holds messages one after another, each behind its
 * length. The library is loaded by the first call, so that a server nobody speaks Protobuf with
 * starts without it. Every call builds a codec of its own, which takes milliseconds: call it once.
 */
export async function loadProtobufCodec(): Promise<CentrifugeCodec<Frame>> {
  const { default: protobuf } = await import("protobufjs");
  return new CentrifugeProtobuf(protobuf);
}

class CentrifugeProtobuf implements CentrifugeCodec<Frame> {
  readonly name = "protobuf";
  readonly publications: JoiningProtocol<Frame>;
  readonly #protobuf: Protobuf;
  readonly #command: ProtobufMessage;
  readonly #reply: ProtobufMessage;
  readonly #emulation: ProtobufMessage;

  constructor(protobuf: Protobuf) {
    const { root } = protobuf.parse(CENTRIFUGE_SCHEMA, { keepCase: true });
    this.#protobuf = protobuf;
    this.#command = new ProtobufMessage(root.lookupType(`${PACKAGE}.Command`));
    this.#reply = new ProtobufMessage(root.lookupType(`${PACKAGE}.Reply`));
    this.#emulation = new ProtobufMessage(root.lookupType(`${PACKAGE}.EmulationRequest`));
    this.publications = {
      name: "centrifuge-protobuf",
      encode: (publication, stream) =>
        this.#encode({
          push: { channel: stream.channel, pub: wirePublication(publication, stream) },
        }),
      join: (frames) => this.join(frames),
    };
  }

  decode(data: string | Frame): DecodedFrame {
    const commands: Command[] = [];
    if (typeof data === "string" || data.length === 0) return { kind: "malformed", commands };
    const reader = new this.#protobuf.Reader(data);
    let hasPong = false;
    try {
      while (reader.pos < reader.len) {
        const command = commandOf(this.#command.decode(reader));
        const isPong = command?.method === "pong";
        if (command === undefined || (isPong && hasPong)) return { kind: "malformed", commands };
        hasPong ||= isPong;
        commands.push(command);
      }
    } catch {
      // What the library throws for is what the client sent.
      return { kind: "malformed", commands };
    }
    return { kind: "commands", commands };
  }

  /** The message stands alone: no length is before it. */
  decodeEmulation(body: Frame): Emulation | undefined {
    try {
      const { session = "", node = "", data } = this.#emulation.readWhole(body);
      if (data === undefined) return undefined;
      // The schema says of which types they are.
      const frame = payloadBytes(data as Payload);
      return { session: session as string, node: node as string, data: frame };
    } catch {
      // What the library throws for is what the client sent.
      return undefined;
    }
  }

  encode(reply: Reply): Frame {
    return this.#encode(replyFields(reply));
  }

  join(frames: readonly Frame[]): Frame {
    return concat(frames);
  }

  deltaOf(
    publication: Publication,
    previous: Publication | undefined,
    stream: Stream,
  ): WirePublication {
    const whole = wirePublication(publication, stream);
    if (previous === undefined) return whole;
    const target = payloadBytes(publication.payload);
    const bytes = fossilDelta(payloadBytes(previous.payload), target);
    if (bytes.length >= target.length) return whole;
    return { ...whole, data: { kind: "binary", bytes }, delta: true };
  }

  #encode(reply: Fields): Frame {
    const writer = new this.#protobuf.Writer();
    this.#reply.encode(reply, writer);
    // The library's own buffers are parts of a pool: a frame must not share memory with another.
    return writer.finishInto(new Uint8Array(writer.pos));
  }
}

/** The command in a message, or undefined where there are several or an id without any. */
function commandOf({ id = 0, ...methods }: Fields): Command | undefined {
  const [method, ...others] = Object.keys(methods);
  if (method === undefined) return id === 0 ? { method: "pong", id: 0 } : undefined;
  if (others.length > 0) return undefined;
  const params = methods[method] as Fields;
  // The schema has the fields of the requests, so what it reads has their types.
  return { method, id, params: "tf" in params ? { ...params, tf: true } : params } as Command;
}

function replyFields(reply: Reply): Fields {
  switch (reply.kind) {
    case "error":
      return { id: reply.id, error: reply.error };
    case "result":
      return { id: reply.id, [reply.method]: reply.result };
    case "push":
      return { push: { channel: reply.channel, [reply.push]: reply.body } };
    case "ping":
      return {};
  }
}
