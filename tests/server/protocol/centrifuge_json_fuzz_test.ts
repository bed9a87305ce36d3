import { assert, assertEquals, assertLess } from "@std/assert";
import type { Reply } from "../../../server/protocol/mod.ts";
import { CENTRIFUGE_JSON, messageJson, rawItems, rawValue } from "../../../server/protocol/mod.ts";
import type { Payload, Publication } from "../../../server/publication.ts";
import { channelName, frameText } from "../../helpers/fuzz_commands.ts";
import type { Random } from "../../helpers/fuzz_json.ts";
import { nestedText, objectText, valueText } from "../../helpers/fuzz_json.ts";
import { integer, pick, seededRandom } from "../../lifecycle/seeded_random.ts";

const FRAMES = 100_000;
const DOCUMENTS = 20_000;
const REPLIES = 20_000;

Deno.test(`CENTRIFUGE_JSON.decode throws for none of ${FRAMES} random and mutated frames`, () => {
  const random = seededRandom(20_250_102);
  const kinds = { commands: 0, malformed: 0 };
  for (let at = 0; at < FRAMES; at += 1) {
    const text = frameText(random, at);
    const bytes = new TextEncoder().encode(text);
    const { kind, commands } = CENTRIFUGE_JSON.decode(at % 2 === 0 ? text : bytes);
    kinds[kind] += 1;
    assert(kind === "malformed" || commands.length > 0);
    if (commands[0] !== undefined) assertEquals(Object.getPrototypeOf(commands[0]), PLAIN);
    CENTRIFUGE_JSON.decodeEmulation(bytes);
  }
  assertLess(FRAMES / 10, kinds.commands);
  assertLess(FRAMES / 100, kinds.malformed);
});

const PLAIN = Object.getPrototypeOf({});

Deno.test("CENTRIFUGE_JSON.decode reads no bytes that are not UTF-8", () => {
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0x7b, 0x7d, 0xc0, 0x80]]) {
    assertEquals(CENTRIFUGE_JSON.decode(new Uint8Array(bytes)), {
      kind: "malformed",
      commands: [],
    });
  }
});

Deno.test("CENTRIFUGE_JSON.decode survives JSON nested as deep as a frame allows", () => {
  for (const depth of [10_000, 65_000]) {
    const data = "[".repeat(depth / 2) + "]".repeat(depth / 2);
    const { kind } = CENTRIFUGE_JSON.decode(`{"id":1,"rpc":{"data":${data}}}`);
    assertEquals(kind, "commands");
    assertEquals(CENTRIFUGE_JSON.decode("[".repeat(depth)).kind, "malformed");
  }
});

/** Each value in an object in a document, and the keys that lead to it. */
function* membersOf(
  value: unknown,
  path: readonly string[] = [],
): Generator<readonly [path: readonly string[], value: unknown]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  for (const [key, member] of Object.entries(value)) {
    yield [[...path, key], member];
    yield* membersOf(member, [...path, key]);
  }
}

Deno.test("rawValue gives just what JSON.parse sees, for each key of a document", () => {
  const random = seededRandom(20_250_103);
  let count = 0;
  for (let at = 0; at < DOCUMENTS; at += 1) {
    const document = objectText(random, 4, 1 + integer(random, 5));
    for (const [path, value] of membersOf(JSON.parse(document))) {
      const raw = rawValue(document, path);
      assert(raw !== undefined && document.includes(raw) && raw === raw.trim(), document);
      // Texts are compared, as two numbers may be the same one and not the same digits.
      assertEquals(JSON.stringify(JSON.parse(raw)), JSON.stringify(value), document);
      count += 1;
    }
    assertEquals(rawValue(document, ["not there"]), undefined);
    assertEquals(rawValue(document, ["not there", "a"]), undefined);
  }
  assertLess(DOCUMENTS, count);
});

Deno.test("rawItems gives just what JSON.parse sees, for each item of a list", () => {
  const random = seededRandom(20_250_104);
  for (let at = 0; at < DOCUMENTS; at += 1) {
    const items = Array.from({ length: integer(random, 5) }, () => valueText(random, 3));
    const list = ` [${items.join(",")}] `;
    assertEquals(rawItems(list), items.map((item) => item.trim()));
  }
});

for (
  const [what, document, path] of [
    ["repeated keys", `{${'"data":1,'.repeat(400_000)}"data":2}`, ["data"]],
    ["nested objects", '{"data":'.repeat(400_000) + "2" + "}".repeat(400_000), ["data"]],
    ["escaped keys", `{${'"\\u0064\\u0061":[1],'.repeat(200_000)}"data":2}`, ["data"]],
    ["spaces", `{"data":${" ".repeat(4_000_000)}2${"\t".repeat(4_000_000)}}`, ["data"]],
    ["an open string", `{"data":"${"\\\\".repeat(2_000_000)}"}`, ["data"]],
  ] as const
) {
  Deno.test(`rawValue takes time in proportion to a document of ${what}`, () => {
    const startedAt = performance.now();
    assert(rawValue(document, path) !== undefined);
    assertLess(performance.now() - startedAt, 2_000);
  });
}

function payloadOf(random: Random): Payload {
  const text = `\r\n${valueText(random, 3)}\n`;
  const payloads: readonly [Payload, ...Payload[]] = [
    { kind: "json", text },
    { kind: "json", text: nestedText(random, 50).padEnd(1) },
    { kind: "text", text: `${text}\0\u2028\ud800"\\` },
    {
      kind: "binary",
      bytes: Uint8Array.from({ length: integer(random, 9) }, () => random() * 256),
    },
  ];
  const payload = pick(random, payloads);
  return payload.kind === "json" && !isJson(payload.text) ? { kind: "text", text } : payload;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const NASTY = ["", "\n", '"', "\\", "\0", "\ud800", "\u2028", "__proto__", "{}"] as const;

function replyOf(random: Random): Reply {
  const id = 1 + integer(random, 100);
  const data = payloadOf(random);
  const channel = channelName(random) + pick(random, NASTY);
  const info = {
    user: pick(random, NASTY),
    client: "c",
    conn_info: { kind: "json", text: "{\n}" },
  };
  const tags = Object.fromEntries(NASTY.map((name) => [name, pick(random, NASTY)]));
  const publication = { data, tags, info, offset: 1 };
  const reason = pick(random, NASTY);
  return pick(
    random,
    [
      { kind: "ping" },
      { kind: "error", id, error: { code: 100, message: reason } },
      { kind: "push", channel, push: "pub", body: publication },
      { kind: "push", channel, push: "join", body: { info } },
      { kind: "push", channel, push: "message", body: { data } },
      { kind: "push", channel: "", push: "disconnect", body: { code: 3000, reason } },
      { kind: "result", id, method: "rpc", result: { data } },
      {
        ...{ kind: "result", id, method: "subscribe" },
        result: { epoch: reason, publications: [publication, publication], data },
      },
      {
        ...{ kind: "result", id, method: "presence" },
        result: { presence: Object.fromEntries(NASTY.map((name) => [name, info])) },
      },
    ] as unknown as readonly [Reply, ...Reply[]],
  );
}

Deno.test("CENTRIFUGE_JSON.encode writes one line of valid JSON, whatever is in it", () => {
  const random = seededRandom(20_250_105);
  for (let at = 0; at < REPLIES; at += 1) {
    const reply = replyOf(random);
    const line = CENTRIFUGE_JSON.encode(reply);
    assert(!/[\r\n]/.test(line), line);
    assertEquals(typeof JSON.parse(line), "object");
    if (reply.kind === "push") assertEquals(JSON.parse(line).push.channel ?? "", reply.channel);
  }
});

Deno.test("CENTRIFUGE_JSON writes publications and deltas in lines, whatever they hold", () => {
  const random = seededRandom(20_250_106);
  const stream = { channel: 'a"\n', epoch: "e", hasHistory: true };
  let previous: Publication | undefined;
  for (let at = 0; at < REPLIES; at += 1) {
    const publication = {
      offset: 1 + at,
      time: 1,
      payload: payloadOf(random),
      tags: { "\n": "\r" },
    };
    const frame = CENTRIFUGE_JSON.publications.encode(publication, stream);
    const whole = JSON.parse(frame).push.pub;
    const delta = messageJson(CENTRIFUGE_JSON.deltaOf(publication, previous, stream));
    const { payload } = publication;
    const seen = JSON.parse(delta);
    for (const line of [frame, delta]) assert(!/[\r\n]/.test(line), line);
    assertEquals([whole.tags, seen.tags], [publication.tags, publication.tags]);
    assertEquals(typeof seen.data, "string");
    if (payload.kind === "json") assertEquals(whole.data, JSON.parse(payload.text));
    if (payload.kind === "text") assertEquals(whole.data, payload.text);
    previous = publication;
  }
});
