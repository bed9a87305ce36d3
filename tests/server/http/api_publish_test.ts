import { assertEquals } from "@std/assert";
import type { Appended, Draft } from "../../../server/history/mod.ts";
import { MemoryLog } from "../../../server/history/mod.ts";
import { callApi, errorOf, resultOf } from "./api_caller.ts";
import { assertRefused, jsonOf, Site } from "./site.ts";

const NAMESPACES = { ns: {}, off: { historySize: 0 }, strict: { channelRegex: /^[a-z]+$/ } };
const KEPT = { settings: { namespaces: NAMESPACES } };

async function topOf(site: Site, channel: string) {
  return (await site.log.tops([channel]))[0];
}

/** What is in a channel, without the time. */
async function stored(site: Site, channel: string): Promise<object[]> {
  const { publications } = await site.log.read(channel, { limit: 100 });
  return publications.map(({ time: _time, ...publication }) => publication);
}

function json(text: string) {
  return { kind: "json", text } as const;
}

Deno.test("publish stores JSON letter by letter, with its tags, and tells the position", async () => {
  const site = new Site(KEPT);
  const data = '{"n":12345678901234567890, "f":1.0,"a":[ 1 ]}';
  const body = `{"channel":"ns:a","tags":{"k":"v"},"data":${data}}`;
  const response = await callApi(site, "publish", body);
  const top = await topOf(site, "ns:a");
  assertEquals(await jsonOf(response), { result: { offset: 1, epoch: top?.epoch } });
  assertEquals(await stored(site, "ns:a"), [{ offset: 1, payload: json(data), tags: { k: "v" } }]);
});

Deno.test("publish tells no position where there is none", async () => {
  const site = new Site(KEPT);
  assertEquals(await resultOf(site, "publish", { channel: "off:a", data: 1 }), {});
  const past = { channel: "ns:a", data: 1, skip_history: true };
  assertEquals(await resultOf(site, "publish", past), {});
  assertEquals(await stored(site, "ns:a"), []);
});

Deno.test("publish takes base64, and bytes that are JSON for JSON", async () => {
  const site = new Site();
  const b64data = [btoa('{"a": 1}'), "/wD+"];
  for (const each of b64data) {
    await resultOf(site, "publish", { channel: "a", data: "ignored", b64data: each });
  }
  const bytes = new Uint8Array([0xff, 0x00, 0xfe]);
  assertEquals(await stored(site, "a"), [
    { offset: 1, payload: json('{"a": 1}') },
    { offset: 2, payload: { kind: "binary", bytes } },
  ]);
});

const BAD: readonly object[] = [
  {},
  { channel: "a" },
  { data: 1 },
  { channel: "", data: 1 },
  { channel: "a b", data: 1 },
  { channel: "é", data: 1 },
  { channel: "x".repeat(256), data: 1 },
  { channel: "strict:A1", data: 1 },
  { channel: "a", b64data: "%" },
  { channel: "a", b64data: "" },
  { channel: "a", data: 1, idempotency_key: "x".repeat(256) },
];

for (const params of BAD) {
  const shown = JSON.stringify(params).slice(0, 60);
  Deno.test(`publish of ${shown} is a bad request and stores nothing`, async () => {
    const site = new Site(KEPT);
    assertEquals(await errorOf(site, "publish", params), 107);
    const { offset } = await topOf(site, "a") ?? {};
    assertEquals(offset, 0);
  });
}

Deno.test("publish to a namespace that there is none of is an unknown channel", async () => {
  const site = new Site(KEPT);
  for (const channel of ["nope:a", "$nope:a", ":a"]) {
    assertEquals(await errorOf(site, "publish", { channel, data: 1 }), 102, channel);
  }
});

Deno.test("publish with an idempotency key that was used stores once, or is a conflict", async () => {
  const site = new Site();
  const params = { channel: "a", data: { n: 1 }, idempotency_key: "order 7" };
  const first = await resultOf(site, "publish", params);
  assertEquals(await resultOf(site, "publish", params), first);
  assertEquals(await errorOf(site, "publish", { ...params, data: { n: 2 } }), 113);
  assertEquals((await resultOf(site, "publish", { ...params, channel: "b" }))["offset"], 1);
  assertEquals((await topOf(site, "a"))?.offset, 1);
});

Deno.test("publish with a version stores only what is newer, or of another epoch", async () => {
  const site = new Site();
  const offsets: unknown[] = [];
  const versions: readonly (readonly [number, string?])[] = [
    ...[[5], [5], [4], [6]] as const,
    ...[[1, "next"], [1, "next"], [7, ""], [0], [7, ""]] as const,
  ];
  for (const [version, version_epoch] of versions) {
    const params = { channel: "a", data: version, version, version_epoch };
    offsets.push((await resultOf(site, "publish", params))["offset"]);
  }
  assertEquals(offsets, [1, 1, 1, 2, 3, 3, 4, 5, 5]);
});

Deno.test("broadcast tells one response for each channel, in their order", async () => {
  const site = new Site(KEPT);
  const channels = ["ns:a", "nope:b", "bad name", "off:c", "ns:a", "ns:d"];
  const { responses } = await resultOf(site, "broadcast", {
    channels,
    data: [1],
    tags: { k: "v" },
  });
  const epochs = (await site.log.tops(["ns:a", "ns:d"])).map(({ epoch }) => epoch);
  assertEquals(responses, [
    { result: { offset: 1, epoch: epochs[0] } },
    { error: { code: 102, message: "unknown channel" } },
    { error: { code: 107, message: "bad request" } },
    { result: {} },
    { result: { offset: 2, epoch: epochs[0] } },
    { result: { offset: 1, epoch: epochs[1] } },
  ]);
  assertEquals(await stored(site, "ns:d"), [{ offset: 1, payload: json("[1]"), tags: { k: "v" } }]);
});

Deno.test("broadcast keeps an idempotency key for each channel", async () => {
  const site = new Site();
  const params = { channels: ["a", "b"], data: 1, idempotency_key: "k" };
  const first = await resultOf(site, "broadcast", params);
  assertEquals(await resultOf(site, "broadcast", params), first);
  const conflict = { error: { code: 113, message: "conflict" } };
  const more = { ...params, channels: ["a", "c"], data: 2 };
  const { responses } = await resultOf(site, "broadcast", more) as { responses: object[] };
  assertEquals([responses[0], Object.keys(responses[1] ?? {})], [conflict, ["result"]]);
});

Deno.test("broadcast without channels, or without data, is a bad request", async () => {
  const site = new Site();
  for (const params of [{ data: 1 }, { channels: [], data: 1 }, { channels: ["a"] }]) {
    assertEquals(await errorOf(site, "broadcast", params), 107);
  }
});

/** A log that cannot store what goes to `full`. */
class FullLog extends MemoryLog {
  override async append(drafts: readonly Draft[]): Promise<Appended[]> {
    const outcomes = await super.append(drafts);
    return drafts.map(({ channel }, index) =>
      channel === "full" ? { kind: "failed", reason: "no space" } : outcomes[index]!
    );
  }
}

Deno.test("publish of what cannot be stored is 503, never 200", async () => {
  const log = new FullLog({ retention: () => ({ size: 10, ttlMs: 1_000 }) });
  const site = new Site({ log });
  const response = await callApi(site, "publish", { channel: "full", data: 1 });
  await assertRefused(response, 503, "not_stored");
  const { responses } = await resultOf(site, "broadcast", { channels: ["full", "a"], data: 1 });
  const internal = { error: { code: 100, message: "internal server error" } };
  const top = await topOf(site, "a");
  assertEquals(responses, [internal, { result: { offset: 1, epoch: top?.epoch } }]);
});

Deno.test("publish to an overloaded server is 503", async () => {
  const site = new Site({ maxBacklogBytes: 1 });
  site.hub.publish({ channel: "b", payload: json("1") });
  await assertRefused(await callApi(site, "publish", { channel: "a", data: 1 }), 503, "overloaded");
  await site.hub.stored();
});

Deno.test("broadcast with an idempotency key minds what is waiting already", async () => {
  const site = new Site();
  const channels = Array.from({ length: 100 }, (_, index) => `a${index}`);
  const data = "x".repeat(2 * 1_048_576);
  const body = { channels, data, idempotency_key: "k" };
  const { responses } = await resultOf(site, "broadcast", body) as { responses: object[] };
  // 64 MiB may wait, and one more than fits.
  assertEquals(responses.filter((response) => "result" in response).length, 32);
  assertEquals(responses.at(-1), { error: { code: 100, message: "internal server error" } });
});
