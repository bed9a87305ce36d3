import { assert, assertEquals, assertLess } from "@std/assert";
import { loadProtobufCodec } from "../../../server/protocol/mod.ts";
import { integer, pick, seededRandom } from "../../lifecycle/seeded_random.ts";
import { officialFrame } from "./official_codec.ts";

const codec = await loadProtobufCodec();

const FRAMES = 100_000;
const MAX_RANDOM_BYTES = 64;

type Frame = Uint8Array<ArrayBuffer>;
type Random = () => number;

const data = new TextEncoder().encode('{"a":["é",1]}');

/** Frames that a client may send. */
const SEEDLINGS: readonly [Frame, ...Frame[]] = [
  officialFrame({
    id: 1,
    connect: { token: "t", data, subs: { a: { recover: true, epoch: "e" } } },
  }),
  officialFrame({ id: 300, subscribe: { channel: "chat", offset: 2 ** 40, flag: 1, tf: {} } }, {}),
  officialFrame({ id: 2, history: { channel: "c", limit: -1, since: { offset: 1, epoch: "e" } } }),
  officialFrame({ id: 4, publish: { channel: "é", data } }, { send: { data } }),
  officialFrame({ id: 5, rpc: { method: "m", data } }, { id: 6, ping: {} }, {}),
];

function randomBytes(random: Random, length: number): Frame {
  return Uint8Array.from({ length }, () => integer(random, 256));
}

/** A good frame with one to three bytes changed, taken out or put in. */
function mutated(random: Random): Frame {
  const bytes = [...pick(random, SEEDLINGS)];
  for (let rounds = 1 + integer(random, 3); rounds > 0; rounds -= 1) {
    const at = integer(random, bytes.length);
    bytes.splice(at, integer(random, 2), ...randomBytes(random, integer(random, 2)));
  }
  return new Uint8Array(bytes);
}

Deno.test(`loadProtobufCodec throws for none of ${FRAMES} random and mutated frames`, () => {
  const random = seededRandom(20_250_101);
  const kinds = { commands: 0, malformed: 0 };
  for (let i = 0; i < FRAMES; i += 1) {
    const frame = i % 2 === 0
      ? mutated(random)
      : randomBytes(random, integer(random, MAX_RANDOM_BYTES));
    const { kind, commands } = codec.decode(frame);
    kinds[kind] += 1;
    assert(kind === "malformed" || commands.length > 0);
  }
  assertLess(FRAMES / 100, kinds.commands);
  assertLess(FRAMES / 100, kinds.malformed);
});

Deno.test("loadProtobufCodec reads a frame cut short up to where it was cut", () => {
  for (const frame of SEEDLINGS) {
    const { commands } = codec.decode(frame);
    for (let length = 0; length < frame.length; length += 1) {
      const cut = codec.decode(frame.slice(0, length));
      assertEquals(cut.commands, commands.slice(0, cut.commands.length));
      assert(cut.kind === "malformed" || cut.commands.length < commands.length);
    }
  }
});

Deno.test("loadProtobufCodec survives groups nested as deep as a frame allows", () => {
  const depth = 30_000;
  const frame = new Uint8Array([
    0xe0,
    0xd4,
    0x03,
    ...Array(depth).fill(0x7b),
    ...Array(depth).fill(0x7c),
  ]);
  assertEquals(codec.decode(frame), { kind: "malformed", commands: [] });
});

Deno.test("loadProtobufCodec survives JSON nested as deep as a frame allows", () => {
  const nested = new TextEncoder().encode("[".repeat(65_000));
  const { kind } = codec.decode(officialFrame({ id: 1, rpc: { data: nested } }));
  assertEquals(kind, "commands");
});
