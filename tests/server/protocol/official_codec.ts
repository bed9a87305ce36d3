import { Centrifuge } from "centrifuge/build/protobuf";

/** The codec inside the Protobuf build of the official client. */
interface OfficialCodec {
  encodeCommands(commands: readonly object[]): Uint8Array;
  decodeReplies(frame: Uint8Array): object[];
}

const client: unknown = new Centrifuge("ws://127.0.0.1:1", { websocket: WebSocket });
const { _codec: codec } = client as { _codec: OfficialCodec };

/** A frame as the official client writes it. */
export function officialFrame(...commands: object[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(codec.encodeCommands(commands));
}

/** Lists that the client adds to every result, for features this server does not have. */
const FOREIGN = ["state", "items"];

/** The replies that the official client reads in a frame: bytes as text, no scalar that is zero. */
export function officialReplies(frame: Uint8Array): unknown[] {
  return codec.decodeReplies(frame).map(plain);
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  // A 64-bit integer of the client's own Protobuf library.
  if ("low" in value) return Number(value);
  const fields = Object.entries(value).filter(([name]) => !FOREIGN.includes(name));
  return Object.fromEntries(fields.map(([name, field]) => [name, plain(field)]));
}
