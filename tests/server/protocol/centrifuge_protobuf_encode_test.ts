import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { loadProtobufCodec, type Reply } from "../../../server/protocol/mod.ts";
import { officialReplies } from "./official_codec.ts";

const codec = await loadProtobufCodec();

const JSON_DATA = { kind: "json", text: '{"é":1.0}' } as const;
const TEXT = { kind: "text", text: "plain" } as const;
const BYTES = { kind: "binary", bytes: new TextEncoder().encode("raw") } as const;
const INFO = { user: "u", client: "c", conn_info: JSON_DATA, chan_info: BYTES };
const PLAIN_INFO = { user: "u", client: "c", conn_info: '{"é":1.0}', chan_info: "raw" };
const PUBLICATION = { data: TEXT, info: INFO, offset: 2 ** 53 - 1, tags: { kind: "note" } };
const PLAIN_PUBLICATION = { ...PUBLICATION, data: "plain", info: PLAIN_INFO };
const SUBSCRIBE = { expires: true, ttl: 9, recoverable: true, positioned: true, epoch: "e" };
const RECOVERED = { ...SUBSCRIBE, offset: 5, recovered: true, was_recovering: true, delta: true };

/** Replies, and what the official client reads where that is not the same, ids left out. */
const RESULTS: readonly (readonly [method: string, result: object, read?: object])[] = [
  [
    "connect",
    {
      ...{ client: "c", version: "v", expires: true, ttl: 60, data: JSON_DATA, ping: 25 },
      ...{ pong: true, session: "s", node: "n", time: 1_700_000_000_000 },
      subs: { s: { ...RECOVERED, publications: [PUBLICATION] }, "": {} },
    },
    {
      ...{ client: "c", version: "v", expires: true, ttl: 60, data: JSON_DATA.text, ping: 25 },
      ...{ pong: true, session: "s", node: "n", time: 1_700_000_000_000 },
      subs: {
        s: { ...RECOVERED, publications: [PLAIN_PUBLICATION] },
        "": { publications: [] },
      },
    },
  ],
  [
    "subscribe",
    {
      ...RECOVERED,
      data: TEXT,
      publications: [PUBLICATION, { data: BYTES, delta: true, time: 3 }],
    },
    {
      ...{ ...RECOVERED, data: "plain" },
      publications: [PLAIN_PUBLICATION, { data: "raw", delta: true, time: 3, tags: {} }],
    },
  ],
  ["subscribe", { recovered: true, publications: [] }, { recovered: true, publications: [] }],
  ["unsubscribe", {}],
  ["publish", {}],
  ["presence", { presence: { c: INFO } }, { presence: { c: PLAIN_INFO } }],
  ["presence", { presence: {} }],
  ["presence_stats", { num_clients: 2, num_users: 1 }],
  ["presence_stats", { num_clients: 0, num_users: 0 }, {}],
  [
    "history",
    { publications: [PUBLICATION], epoch: "e", offset: 8 },
    { publications: [PLAIN_PUBLICATION], epoch: "e", offset: 8 },
  ],
  ["history", { publications: [], epoch: "e", offset: 0 }, { publications: [], epoch: "e" }],
  ["rpc", { data: JSON_DATA }, { data: JSON_DATA.text }],
  ["rpc", {}],
  ["refresh", { client: "c", version: "v", expires: true, ttl: 60 }],
  ["sub_refresh", { expires: true, ttl: 60 }],
];

for (const [method, result, read = result] of RESULTS) {
  const fields = Object.keys(result);
  Deno.test(`loadProtobufCodec writes a ${method} result for the official client: ${fields}`, () => {
    const frame = codec.encode({ kind: "result", id: 7, method, result } as Reply);
    assertEquals(officialReplies(frame), [{ id: 7, [method]: read }]);
  });
}

const PUSHES: readonly (readonly [kind: string, body: object, read?: object])[] = [
  ["pub", PUBLICATION, PLAIN_PUBLICATION],
  ["join", { info: INFO }, { info: PLAIN_INFO }],
  ["leave", { info: { user: "", client: "c" } }, { info: { client: "c" } }],
  ["unsubscribe", { code: 2500, reason: "insufficient state" }],
  ["message", { data: BYTES }, { data: "raw" }],
  [
    "subscribe",
    { ...RECOVERED, data: TEXT, publications: [PUBLICATION] },
    { recoverable: true, positioned: true, epoch: "e", offset: 5, data: "plain" },
  ],
  ["disconnect", { code: 3001, reason: "shutdown" }],
  ["refresh", { client: "c", version: "v", expires: true, ttl: 60 }, { expires: true, ttl: 60 }],
];

for (const [kind, body, read = body] of PUSHES) {
  Deno.test(`loadProtobufCodec writes a ${kind} push for the official client`, () => {
    const frame = codec.encode({ kind: "push", channel: "chat", push: kind, body } as Reply);
    assertEquals(officialReplies(frame), [{ push: { channel: "chat", [kind]: read } }]);
  });
}

Deno.test("loadProtobufCodec writes an error", () => {
  const error = { code: 100, message: "internal server error", temporary: true };
  assertEquals(officialReplies(codec.encode({ kind: "error", id: 1, error })), [{ id: 1, error }]);
  const frame = codec.encode({ kind: "error", id: 1, error: { code: 103, message: "no" } });
  assertEquals(officialReplies(frame), [{ id: 1, error: { code: 103, message: "no" } }]);
});

Deno.test("loadProtobufCodec writes a ping as a message without a byte", () => {
  assertEquals(codec.encode({ kind: "ping" }), new Uint8Array([0]));
});

Deno.test("loadProtobufCodec writes a push about the connection without a channel", () => {
  const body = { code: 3001, reason: "shutdown" };
  const frame = codec.encode({ kind: "push", channel: "", push: "disconnect", body });
  assertEquals(officialReplies(frame), [{ push: { disconnect: body } }]);
});

Deno.test("loadProtobufCodec joins frames in their order", () => {
  const frames = [1, 2].map((id) =>
    codec.encode({ kind: "result", id, method: "publish", result: {} })
  );
  const joined = [{ id: 1, publish: {} }, { id: 2, publish: {} }];
  assertEquals(officialReplies(codec.join(frames)), joined);
  assertEquals(codec.publications.join(frames), concat(frames));
});

Deno.test("loadProtobufCodec writes half a surrogate pair as U+FFFD", () => {
  const body = { code: 4000, reason: "\ud800!" };
  const frame = codec.encode({ kind: "push", channel: "", push: "disconnect", body });
  const text = new TextDecoder("utf-8", { fatal: true }).decode(frame.subarray(-4));
  assertEquals(text, "\ufffd!");
});

Deno.test("loadProtobufCodec gives every frame memory of its own", () => {
  const frame = codec.encode({ kind: "error", id: 1, error: { code: 103, message: "no" } });
  assert(frame.buffer.byteLength === frame.byteLength);
});
