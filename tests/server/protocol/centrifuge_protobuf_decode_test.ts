import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { type Command, loadProtobufCodec } from "../../../server/protocol/mod.ts";
import { officialFrame } from "./official_codec.ts";

const codec = await loadProtobufCodec();
const encoder = new TextEncoder();

const DATA = encoder.encode('{"a": 1}');
const PAYLOAD = { kind: "json", text: '{"a": 1}' } as const;

/** What the codec makes of commands that the official client has written as one frame. */
function decoded(...commands: object[]): readonly Command[] {
  const frame = codec.decode(officialFrame(...commands));
  assertEquals(frame.kind, "commands");
  return frame.commands;
}

const RECOVER = { recover: true, epoch: "e1", offset: 5 };

/** Params as the client gives them and as the codec does, where that is not the same. */
const COMMANDS: readonly (readonly [method: string, sent: object, params?: object])[] = [
  ["connect", {}, { subs: {} }],
  [
    "connect",
    { token: "t", data: DATA, name: "js", version: "1", headers: { a: "b" }, subs: { s: RECOVER } },
    { token: "t", data: PAYLOAD, name: "js", version: "1", subs: { s: RECOVER } },
  ],
  ["subscribe", { channel: "chat:é" }],
  [
    "subscribe",
    {
      ...{ channel: "c", token: "t", data: DATA, positioned: true, recoverable: true, flag: 3 },
      ...{ join_leave: true, delta: "fossil", type: 1, tf: { op: "and", nodes: [{ key: "k" }] } },
      ...{ ...RECOVER, phase: 2, cursor: "x" },
    },
    {
      ...{ channel: "c", token: "t", data: PAYLOAD, positioned: true, recoverable: true, flag: 3 },
      ...{ join_leave: true, delta: "fossil", type: 1, tf: true, ...RECOVER },
    },
  ],
  ["subscribe", { channel: "c", tf: {} }, { channel: "c", tf: true }],
  ["unsubscribe", { channel: "c" }],
  [
    "publish",
    { channel: "c", data: DATA, type: 1, key: "k" },
    { channel: "c", data: PAYLOAD, type: 1 },
  ],
  ["presence", { channel: "c" }],
  ["presence_stats", { channel: "c" }],
  ["history", { channel: "c", limit: -1, since: { offset: 2, epoch: "e" }, reverse: true }],
  ["rpc", { method: "m", data: DATA }, { method: "m", data: PAYLOAD }],
  ["send", { data: DATA }, { data: PAYLOAD }],
  ["refresh", { token: "t" }],
  ["sub_refresh", { channel: "c", token: "t" }],
  ["ping", {}],
];

for (const [method, sent, params = sent] of COMMANDS) {
  Deno.test(`loadProtobufCodec reads ${method} of the official client: ${Object.keys(sent)}`, () => {
    assertEquals(decoded({ id: 7, [method]: sent }), [{ method, id: 7, params } as Command]);
  });
}

Deno.test("loadProtobufCodec reads several commands in one frame in their order", () => {
  assertEquals(decoded({ id: 1, connect: {} }, {}, { send: { data: DATA } }), [
    { method: "connect", id: 1, params: { subs: {} } },
    { method: "pong", id: 0 },
    { method: "send", id: 0, params: { data: PAYLOAD } },
  ]);
});

Deno.test("loadProtobufCodec takes data for JSON only if all of it is JSON in UTF-8", () => {
  const binary = [[0xff, 0xfe], [0x22, 0xff, 0x22], [0xef, 0xbb, 0xbf, 0x31], [0x7b], [0x20], [
    0x31,
    0x32,
    0x00,
  ]];
  for (const bytes of binary.map((numbers) => new Uint8Array(numbers))) {
    const [command] = decoded({ id: 1, rpc: { data: bytes } });
    assertEquals(command, {
      method: "rpc",
      id: 1,
      params: { data: { kind: "binary", bytes } },
    });
  }
  const [command] = decoded({ id: 1, rpc: { data: new Uint8Array() } });
  assertEquals(command, { method: "rpc", id: 1, params: {} });
});

Deno.test("loadProtobufCodec copies binary data out of the frame", () => {
  const frame = officialFrame({ id: 1, send: { data: new Uint8Array([0xff, 0xfe]) } });
  const { commands } = codec.decode(frame);
  frame.fill(0);
  const data = { kind: "binary", bytes: new Uint8Array([0xff, 0xfe]) } as const;
  assertEquals(commands, [{ method: "send", id: 1, params: { data } }]);
});

Deno.test("loadProtobufCodec reads a channel named __proto__ like any other", () => {
  const subs = Object.fromEntries([["__proto__", RECOVER]]);
  const [command] = decoded({ id: 1, connect: { subs } });
  assertEquals(command, { method: "connect", id: 1, params: { subs } });
});

const FIRST = officialFrame({ id: 1, connect: {} });

/** Raw messages, each of which makes a frame malformed. */
const BAD: Record<string, readonly number[]> = {
  "a length that ends early": [0x80],
  "a length of more than there is": [5, 0x08],
  "a length above 32 bits": [0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  "a tag that ends early": [1, 0x80],
  "field number 0": [2, 0x00, 0x00],
  "an unknown wire type": [1, 0x0f],
  "a group that does not end": [2, 0x83, 0x01],
  "a field longer than its message": [4, 0x22, 0x05, 0x0a, 0x03],
  "a string longer than its message": [6, 0x22, 0x02, 0x0a, 0x02, 0x61, 0x61],
  "an id without a method": [2, 0x08, 0x01],
  "two methods": [4, 0x22, 0x00, 0x2a, 0x00],
  "a string that is not UTF-8": [5, 0x22, 0x03, 0x0a, 0x01, 0xff],
  "half a surrogate pair": [7, 0x22, 0x05, 0x0a, 0x03, 0xed, 0xa0, 0x80],
  "a key that is not UTF-8": [7, 0x22, 0x05, 0x1a, 0x03, 0x0a, 0x01, 0xff],
  "an offset of 2 ** 53": [11, 0x2a, 9, 0x38, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
};

for (const [what, bytes] of Object.entries(BAD)) {
  Deno.test(`loadProtobufCodec reads no further than ${what}`, () => {
    const { commands } = codec.decode(FIRST);
    const frame = concat([FIRST, new Uint8Array(bytes), FIRST]);
    assertEquals(codec.decode(frame), { kind: "malformed", commands });
    assertEquals(codec.decode(new Uint8Array(bytes)), { kind: "malformed", commands: [] });
  });
}

Deno.test("loadProtobufCodec refuses text and a frame without a message", () => {
  assertEquals(codec.decode("{}"), { kind: "malformed", commands: [] });
  assertEquals(codec.decode(new Uint8Array()), { kind: "malformed", commands: [] });
});

Deno.test("loadProtobufCodec reads the largest offset that a number can hold", () => {
  const [command] = decoded({ id: 1, subscribe: { channel: "c", offset: 2 ** 53 - 1 } });
  assertEquals(command, {
    method: "subscribe",
    id: 1,
    params: { channel: "c", offset: 2 ** 53 - 1 },
  });
});
