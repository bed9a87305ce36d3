import { assertEquals } from "@std/assert";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";

const { decode, decodeEmulation } = CENTRIFUGE_JSON;
const ENCODER = new TextEncoder();

function data(text: string) {
  return { kind: "json", text };
}

const COMMANDS: readonly (readonly [method: string, request: string, params: object])[] = [
  ["connect", "{}", {}],
  [
    "connect",
    '{"token":"t","data":{"a": 1.0},"name":"js","version":"5","headers":{"a":"b"},"flag":1,' +
    '"subs":{"a":{"recover":true,"offset":7,"epoch":"e","flag":1},"b":{}}}',
    {
      ...{ token: "t", data: data('{"a": 1.0}'), name: "js", version: "5" },
      subs: { a: { recover: true, offset: 7, epoch: "e" }, b: {} },
    },
  ],
  [
    "subscribe",
    '{"channel":"a","token":"t","recover":true,"epoch":"e","offset":9007199254740991,' +
    '"data":[1],"positioned":true,"recoverable":true,"join_leave":true,"delta":"fossil",' +
    '"flag":3,"type":1,"tf":{"op":"eq"},"phase":2}',
    {
      ...{ channel: "a", token: "t", recover: true, epoch: "e", offset: 9_007_199_254_740_991 },
      ...{ data: data("[1]"), positioned: true, recoverable: true, join_leave: true },
      ...{ delta: "fossil", flag: 3, type: 1, tf: true },
    },
  ],
  ["unsubscribe", '{"channel":"a"}', { channel: "a" }],
  ["publish", '{"channel":"a","data":"text"}', { channel: "a", data: data('"text"') }],
  ["publish", '{"channel":"a","data":null}', { channel: "a", data: data("null") }],
  ["publish", '{"channel":"a","type":1,"key":"k"}', { channel: "a", type: 1 }],
  ["presence", '{"channel":"a"}', { channel: "a" }],
  ["presence_stats", '{"channel":"a"}', { channel: "a" }],
  [
    "history",
    '{"channel":"a","limit":-1,"since":{"offset":3,"epoch":"e"},"reverse":true}',
    { channel: "a", limit: -1, since: { offset: 3, epoch: "e" }, reverse: true },
  ],
  ["history", '{"channel":"a","since":{}}', { channel: "a", since: {} }],
  ["rpc", '{"method":"m","data":{}}', { method: "m", data: data("{}") }],
  ["refresh", '{"token":"t"}', { token: "t" }],
  ["sub_refresh", '{"channel":"a","token":"t"}', { channel: "a", token: "t" }],
  ["ping", '{"anything":1}', {}],
];

for (const [method, request, params] of COMMANDS) {
  Deno.test(`CENTRIFUGE_JSON decodes ${method} ${request}`, () => {
    const commands = [{ method, id: 7, params }];
    assertEquals(decode(`{"id":7,"${method}":${request}}`) as unknown, {
      kind: "commands",
      commands,
    });
  });
}

Deno.test("CENTRIFUGE_JSON decodes a send and a pong, which have no id", () => {
  const decoded: unknown = decode('{"send":{"data":[1]}}\n{}');
  const commands = [
    { method: "send", id: 0, params: { data: data("[1]") } },
    { method: "pong", id: 0 },
  ];
  assertEquals(decoded, { kind: "commands", commands });
});

Deno.test("CENTRIFUGE_JSON takes null for absent, and ignores what it does not know", () => {
  const line =
    '{"id":1,"what":[1],"rpc":null,"subscribe":{"channel":"a","token":null,"recover":null,"x":{}}}';
  assertEquals(decode(line) as unknown, {
    kind: "commands",
    commands: [{ method: "subscribe", id: 1, params: { channel: "a" } }],
  });
});

Deno.test("CENTRIFUGE_JSON keeps data to the letter", () => {
  const text = '{"z": 1.10, "a":12345678901234567890, "z":"}\\"],"}';
  const decoded: unknown = decode(`{"publish": {"data": ${text} , "channel":"a"}, "id": 1}`);
  assertEquals(decoded, {
    kind: "commands",
    commands: [{ method: "publish", id: 1, params: { channel: "a", data: data(text) } }],
  });
});

Deno.test("CENTRIFUGE_JSON decodes one command a line, whatever ends the last", () => {
  const lines = ['{"id":1,"ping":{}}', '{"id":4294967295,"ping":{}}'];
  for (const frame of [lines.join("\n"), `${lines.join("\n")}\n`, lines.join("\r\n")]) {
    const { kind, commands } = decode(frame);
    assertEquals([kind, commands.map(({ id }) => id)], ["commands", [1, 4_294_967_295]]);
    assertEquals(decode(ENCODER.encode(frame)), decode(frame));
  }
});

const GOOD = '{"id":1,"ping":{}}';

for (
  const line of [
    ...["", " ", "rubbish", "null", "1", "[]", '"{}"', '{"id":1', `${GOOD}${GOOD}`],
    ...['{"id":-1,"ping":{}}', '{"id":1.5,"ping":{}}', '{"id":"1","ping":{}}'],
    ...['{"id":4294967296,"ping":{}}', '{"id":1}', '{"id":1,"dance":{}}'],
    ...['{"id":1,"ping":{},"rpc":{}}', '{"id":1,"ping":[]}', '{"id":1,"ping":true}'],
    ...['{"id":1,"publish":{"channel":1}}', '{"id":1,"subscribe":{"recover":1}}'],
    ...['{"id":1,"subscribe":{"offset":-1}}', '{"id":1,"subscribe":{"offset":"1"}}'],
    ...['{"id":1,"history":{"since":[]}}', '{"id":1,"history":{"since":{"offset":1.5}}}'],
    ...['{"id":1,"connect":{"subs":{"a":1}}}', '{"id":1,"connect":{"subs":[]}}'],
  ]
) {
  Deno.test(`CENTRIFUGE_JSON finds malformed ${JSON.stringify(line)}, and keeps what came before`, () => {
    const commands = [{ method: "ping", id: 1, params: {} }];
    const decoded: unknown = decode(`${GOOD}\n${line}\n${GOOD}`);
    assertEquals(decoded, { kind: "malformed", commands });
  });
}

Deno.test("CENTRIFUGE_JSON finds malformed what is no text", () => {
  assertEquals(decode(new Uint8Array([0xff])), { kind: "malformed", commands: [] });
  assertEquals(decode(""), { kind: "malformed", commands: [] });
});

Deno.test("CENTRIFUGE_JSON takes a channel for a channel, whatever its name is", () => {
  const decoded: unknown = decode('{"id":1,"connect":{"subs":{"__proto__":{"offset":1}}}}');
  const subs = Object.fromEntries([["__proto__", { offset: 1 }]]);
  assertEquals(decoded, {
    kind: "commands",
    commands: [{ method: "connect", id: 1, params: { subs } }],
  });
});

Deno.test("CENTRIFUGE_JSON decodes what is sent beside a stream", () => {
  const emulation = { session: "s", node: "n", data: '{"id":1}\n{}' };
  assertEquals(decodeEmulation(ENCODER.encode(JSON.stringify(emulation))), emulation);
  for (const wrong of ["", "null", "[]", "{}", '{"session":"s","node":"n","data":{}}', "\ufffd"]) {
    assertEquals(decodeEmulation(ENCODER.encode(wrong)), undefined);
  }
  assertEquals(decodeEmulation(new Uint8Array([0xff])), undefined);
});
