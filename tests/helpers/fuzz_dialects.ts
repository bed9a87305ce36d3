/** What is said on connections of either encoding, well and badly. */
import { integer, pick } from "../lifecycle/seeded_random.ts";
import { officialFrame, officialReplies } from "../server/protocol/official_codec.ts";
import { channelName, frameText } from "./fuzz_commands.ts";
import type { FuzzDialect, FuzzFrame } from "./fuzz_connections.ts";
import { binaryFrame, textFrame } from "./fuzz_connections.ts";
import type { Random } from "./fuzz_json.ts";
import { valueText } from "./fuzz_json.ts";

const encoder = new TextEncoder();

/** Some random bytes. */
export function randomBytes(random: Random, maxLength: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: integer(random, maxLength) }, () => integer(random, 256));
}

/** JSON, mostly as text. */
export const JSON_DIALECT: FuzzDialect = {
  query: "",
  frame: (random, id) => {
    const kind = integer(random, 100);
    if (kind === 0) return binaryFrame(randomBytes(random, 64));
    const text = frameText(random, id);
    return kind < 10 ? binaryFrame(encoder.encode(text)) : textFrame(text.toWellFormed());
  },
  connect: textFrame('{"id":1,"connect":{"name":"fuzz"}}'),
  last: (id) => textFrame(`{"id":${id},"rpc":{}}`),
  read: (_payload, text) => text().split("\n").map((line) => JSON.parse(line)),
};

/** A command of Protobuf as a client would send it. */
function protobufCommand(random: Random, id: number): object {
  const channel = channelName(random);
  const data = encoder.encode(valueText(random, 2));
  const since = { offset: integer(random, 5), epoch: "e" };
  const commands: readonly [object, ...object[]] = [
    { id, subscribe: { channel, recover: true, ...since, flag: 1, join_leave: true } },
    { id, subscribe: { channel, delta: "fossil" } },
    { id, unsubscribe: { channel } },
    { id, publish: { channel, data } },
    { id, publish: { channel, data: randomBytes(random, 40) } },
    { id, presence: { channel } },
    { id, presence_stats: { channel } },
    { id, history: { channel, limit: integer(random, 400) - 2, since, reverse: random() < 0.5 } },
    { id, rpc: { method: "m", data } },
    { id, ping: {} },
  ];
  return pick(random, commands);
}

function protobufFrame(random: Random, id: number): FuzzFrame {
  const kind = integer(random, 100);
  const count = 1 + integer(random, 3);
  const commands = Array.from({ length: count }, (_, at) => protobufCommand(random, id + at));
  const good = officialFrame(...commands);
  if (kind < 92) return binaryFrame(good);
  if (kind === 92) return textFrame(frameText(random, id).toWellFormed());
  if (kind === 93) return binaryFrame(randomBytes(random, 64));
  if (kind === 94) return binaryFrame(new Uint8Array(integer(random, 66_000)));
  return binaryFrame(withChangedBytes(random, good));
}

/** Bytes with one to three of them changed, taken out or put in. */
export function withChangedBytes(random: Random, good: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = [...good];
  for (let rounds = 1 + integer(random, 3); rounds > 0; rounds -= 1) {
    const at = integer(random, bytes.length + 1);
    bytes.splice(at, integer(random, 2), ...randomBytes(random, 3));
  }
  return new Uint8Array(bytes);
}

/** Protobuf, mostly as bytes. */
export const PROTOBUF_DIALECT: FuzzDialect = {
  query: "?cf_protocol=protobuf",
  frame: protobufFrame,
  connect: binaryFrame(officialFrame({ id: 1, connect: { name: "fuzz" } })),
  last: (id) => binaryFrame(officialFrame({ id, rpc: { method: "last" } })),
  read: (payload) => officialReplies(payload),
};
