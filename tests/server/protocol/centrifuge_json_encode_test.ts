import { assertEquals } from "@std/assert";
import type { Reply } from "../../../server/protocol/mod.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";

const { encode, join, publications, deltaOf } = CENTRIFUGE_JSON;

const DATA = { kind: "json", text: '{"b":1.0, "a":[]}' } as const;
const TEXT = { kind: "text", text: 'a "line"\nand one' } as const;
const BYTES = { kind: "binary", bytes: new Uint8Array([0, 255]) } as const;
const INFO = { user: "42", client: "c", conn_info: DATA, chan_info: TEXT };
const INFO_JSON = `{"user":"42","client":"c","conn_info":{"b":1.0, "a":[]},` +
  `"chan_info":"a \\"line\\"\\nand one"}`;
const STREAM = { channel: "a", epoch: "e", hasHistory: true };

const RESULTS: readonly (readonly [method: string, result: object, json: string])[] = [
  ["connect", { client: "c", version: "v" }, '{"client":"c","version":"v"}'],
  [
    "connect",
    {
      ...{ client: "c", version: "v", expires: true, ttl: 9, data: DATA, subs: { a: {} } },
      ...{ ping: 25, pong: true, session: "s", node: "n", time: 7 },
    },
    '{"client":"c","version":"v","expires":true,"ttl":9,"data":{"b":1.0, "a":[]},' +
    '"subs":{"a":{}},"ping":25,"pong":true,"session":"s","node":"n","time":7}',
  ],
  [
    "connect",
    { client: "", version: "", expires: false, ttl: 0, ping: 0, pong: false, session: "", time: 0 },
    "{}",
  ],
  ["connect", { subs: { 'a"b': { offset: 1 } } }, '{"subs":{"a\\"b":{"offset":1}}}'],
  ["subscribe", {}, "{}"],
  [
    "subscribe",
    { recoverable: false, epoch: "", offset: 0, publications: [], recovered: false, delta: false },
    "{}",
  ],
  [
    "subscribe",
    {
      ...{ recoverable: true, positioned: true, epoch: "e", offset: 2, recovered: true },
      publications: [{ data: DATA, offset: 3 }, { data: TEXT, delta: true, offset: 4 }],
      ...{ was_recovering: true, data: BYTES, delta: true },
    },
    '{"recoverable":true,"positioned":true,"epoch":"e","offset":2,"recovered":true,' +
    '"publications":[{"data":{"b":1.0, "a":[]},"offset":3},' +
    '{"data":"a \\"line\\"\\nand one","delta":true,"offset":4}],' +
    '"was_recovering":true,"b64data":"AP8=","delta":true}',
  ],
  ["unsubscribe", {}, "{}"],
  ["publish", {}, "{}"],
  ["presence", { presence: {} }, '{"presence":{}}'],
  ["presence", { presence: { c: INFO } }, `{"presence":{"c":${INFO_JSON}}}`],
  [
    "presence",
    { presence: { c: { user: "", client: "c" } } },
    '{"presence":{"c":{"user":"","client":"c"}}}',
  ],
  ["presence_stats", { num_clients: 0, num_users: 0 }, '{"num_clients":0,"num_users":0}'],
  [
    "history",
    { publications: [], epoch: "", offset: 0 },
    '{"publications":[],"epoch":"","offset":0}',
  ],
  [
    "history",
    {
      publications: [{ data: DATA, info: INFO, offset: 1, tags: { k: "v" } }],
      epoch: "e",
      offset: 1,
    },
    `{"publications":[{"data":{"b":1.0, "a":[]},"info":${INFO_JSON},"offset":1,` +
    '"tags":{"k":"v"}}],"epoch":"e","offset":1}',
  ],
  ["rpc", {}, "{}"],
  ["rpc", { data: DATA }, '{"data":{"b":1.0, "a":[]}}'],
  [
    "refresh",
    { client: "c", version: "v", expires: true, ttl: 9 },
    '{"client":"c","version":"v","expires":true,"ttl":9}',
  ],
  ["sub_refresh", { expires: true, ttl: 9 }, '{"expires":true,"ttl":9}'],
];

for (const [method, result, json] of RESULTS) {
  Deno.test(`CENTRIFUGE_JSON encodes a result of ${method} as ${json}`, () => {
    const reply = { kind: "result", id: 7, method, result } as Reply;
    assertEquals(encode(reply), `{"id":7,"${method}":${json}}`);
    JSON.parse(encode(reply));
  });
}

const PUSHES: readonly (readonly [kind: string, body: object, json: string])[] = [
  ["pub", { data: DATA }, '{"data":{"b":1.0, "a":[]}}'],
  [
    "pub",
    { data: BYTES, info: { user: "", client: "" }, offset: 0, tags: {}, delta: false, time: 0 },
    '{"b64data":"AP8=","info":{"user":"","client":""},"tags":{}}',
  ],
  ["join", { info: INFO }, `{"info":${INFO_JSON}}`],
  ["leave", { info: { user: "", client: "c" } }, '{"info":{"user":"","client":"c"}}'],
  ["unsubscribe", { code: 2500, reason: "r" }, '{"code":2500,"reason":"r"}'],
  ["message", { data: TEXT }, '{"data":"a \\"line\\"\\nand one"}'],
  ["subscribe", { recoverable: true, epoch: "e", offset: 0 }, '{"recoverable":true,"epoch":"e"}'],
];

for (const [kind, body, json] of PUSHES) {
  Deno.test(`CENTRIFUGE_JSON encodes a push of ${kind} as ${json}`, () => {
    const reply = { kind: "push", channel: 'a"b', push: kind, body } as Reply;
    assertEquals(encode(reply), `{"push":{"channel":"a\\"b","${kind}":${json}}}`);
    JSON.parse(encode(reply));
  });
}

Deno.test("CENTRIFUGE_JSON names no channel where a push is about the connection", () => {
  const body = { code: 3001, reason: "shutdown" };
  assertEquals(
    encode({ kind: "push", channel: "", push: "disconnect", body }),
    '{"push":{"disconnect":{"code":3001,"reason":"shutdown"}}}',
  );
  assertEquals(
    encode({ kind: "push", channel: "", push: "refresh", body: { expires: true, ttl: 9 } }),
    '{"push":{"refresh":{"expires":true,"ttl":9}}}',
  );
});

Deno.test("CENTRIFUGE_JSON encodes an error, and a ping", () => {
  assertEquals(
    encode({ kind: "error", id: 7, error: { code: 100, message: "m", temporary: true } }),
    '{"id":7,"error":{"code":100,"message":"m","temporary":true}}',
  );
  assertEquals(
    encode({ kind: "error", id: 7, error: { code: 103, message: "m" } }),
    '{"id":7,"error":{"code":103,"message":"m"}}',
  );
  assertEquals(encode({ kind: "ping" }), "{}");
});

Deno.test("CENTRIFUGE_JSON makes one line of a payload with line breaks, which means the same", () => {
  const data = { kind: "json", text: '{\r\n  "a": "x\\ny",\n\n  "b": 2\n}' } as const;
  const frame = encode({ kind: "push", channel: "a", push: "message", body: { data } });
  assertEquals(frame.includes("\n"), false);
  assertEquals(JSON.parse(frame).push.message.data, { a: "x\ny", b: 2 });
});

Deno.test("CENTRIFUGE_JSON joins frames as lines", () => {
  assertEquals(join(["{}", '{"id":1}', "{}"]), '{}\n{"id":1}\n{}');
});

Deno.test("CENTRIFUGE_JSON encodes a publication with its offset where there is history", () => {
  const publication = { offset: 3, time: 9, payload: DATA, tags: { k: "v" } };
  const pub = '"data":{"b":1.0, "a":[]}';
  assertEquals(
    publications.encode(publication, STREAM),
    `{"push":{"channel":"a","pub":{${pub},"offset":3,"tags":{"k":"v"}}}}`,
  );
  assertEquals(
    publications.encode({ ...publication, tags: undefined }, { ...STREAM, hasHistory: false }),
    `{"push":{"channel":"a","pub":{${pub}}}}`,
  );
});

function json(text: string, offset = 1) {
  return { offset, time: 0, payload: { kind: "json", text } } as const;
}

Deno.test("CENTRIFUGE_JSON.deltaOf gives the whole text where there is none before", () => {
  const { data, delta } = deltaOf(json("[1]"), undefined, STREAM);
  assertEquals([data, delta], [{ kind: "text", text: "[1]" }, false]);
});

Deno.test("CENTRIFUGE_JSON.deltaOf gives the whole text where a delta is no shorter", () => {
  const { data, delta } = deltaOf(json("[1]"), json("[2]"), STREAM);
  assertEquals([data, delta], [{ kind: "text", text: "[1]" }, false]);
});

Deno.test("CENTRIFUGE_JSON.deltaOf keeps to whole characters", () => {
  const words = "the same words again ".repeat(5);
  for (const [from, to] of [["é", "è"], ["😀", "😁"], ["a", "é"]]) {
    const { data } = deltaOf(json(`["${words}${to}"]`), json(`["${words}${from}"]`), STREAM);
    assertEquals(data.kind === "text" && !data.text.includes("\ufffd"), true);
  }
});
