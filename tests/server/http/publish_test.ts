import { assertEquals } from "@std/assert";
import { MemoryLog } from "../../../server/history/mod.ts";
import type { Payload } from "../../../server/publication.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { Recorder } from "../hub/recorder.ts";
import { assertRefused, jsonOf, Site } from "./site.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** What is in a channel. */
async function payloads(site: Site, channel: string): Promise<Payload[]> {
  const { publications } = await site.log.read(channel, { limit: 100 });
  return publications.map(({ payload }) => payload);
}

Deno.test("publish stores the body and answers with its position", async () => {
  const site = new Site();
  for (const offset of [1, 2]) {
    const response = await site.request("POST /channels/lobby", { body: "hello" });
    const [top] = await site.log.tops(["lobby"]);
    assertEquals([response.status, response.headers.get("cache-control")], [200, "no-store"]);
    assertEquals(await jsonOf(response), { epoch: top?.epoch, offset });
  }
  assertEquals(await payloads(site, "lobby"), [
    { kind: "text", text: "hello" },
    { kind: "text", text: "hello" },
  ]);
});

Deno.test("publish delivers to who subscribes", async () => {
  const site = new Site();
  const recorder = new Recorder();
  site.hub.subscribe("lobby", recorder);
  await site.request("POST /channels/lobby", { body: "hello" });
  await turns(10);
  assertEquals([recorder.texts, recorder.publishers], [["hello"], [undefined]]);
});

Deno.test("publish keeps the kind that the body says it has", async () => {
  const site = new Site();
  const bytes = new Uint8Array([1, 2, 3]);
  await site.request("POST /channels/a", { body: "[1.0]", headers: JSON_TYPE });
  await site.request("POST /channels/a", { body: bytes });
  await site.request("POST /channels/a", {
    body: bytes,
    headers: { "content-type": "application/octet-stream" },
  });
  assertEquals((await payloads(site, "a")).map(({ kind }) => kind), ["json", "text", "binary"]);
});

const NAMES: Readonly<Record<string, string>> = {
  "lobby": "lobby",
  "chat:42": "chat:42",
  "chat%3A42": "chat:42",
  "a%2Fb": "a/b",
  "a%25": "a%",
  "%23": "#",
  "a+b": "a+b",
  "...": "...",
  ["x".repeat(255)]: "x".repeat(255),
};

for (const [segment, channel] of Object.entries(NAMES)) {
  Deno.test(`publish takes ${segment.slice(0, 20)} for channel ${channel.slice(0, 20)}`, async () => {
    const site = new Site();
    const response = await site.request(`POST /channels/${segment}`, { body: "x" });
    assertEquals(response.status, 200);
    assertEquals((await site.log.tops([channel]))[0]?.offset, 1);
  });
}

for (const segment of ["%20", "a%20b", "%00", "%7F", "%C5%BE", "%", "%zz", "x".repeat(256)]) {
  Deno.test(`publish refuses ${segment.slice(0, 20)} as a channel`, async () => {
    const response = await new Site().request(`POST /channels/${segment}`, { body: "x" });
    await assertRefused(response, 400, "bad_channel");
  });
}

Deno.test("publish refuses a body that is not what it says", async () => {
  const site = new Site();
  const response = await site.request("POST /channels/a", { body: "{", headers: JSON_TYPE });
  await assertRefused(response, 400, "bad_body");
  assertEquals(await payloads(site, "a"), []);
});

Deno.test("publish takes 64 KiB and refuses a byte more", async () => {
  const site = new Site();
  const largest = await site.request("POST /channels/a", { body: "x".repeat(65_536) });
  assertEquals(largest.status, 200);
  const response = await site.request("POST /channels/a", { body: "x".repeat(65_537) });
  await assertRefused(response, 413, "too_large");
  assertEquals((await payloads(site, "a")).length, 1);
});

Deno.test("publish refuses while the server stops, and does not store", async () => {
  const site = new Site({ isAccepting: () => false });
  await assertRefused(await site.request("POST /channels/a", { body: "x" }), 503, "stopping");
  assertEquals(await payloads(site, "a"), []);
});

/** A body of one character that tells when it is read. */
function bodyTelling(onRead: () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull(controller) {
      onRead();
      controller.enqueue(new Uint8Array([120]));
      controller.close();
    },
  }, { highWaterMark: 0 });
}

Deno.test("publish does not read a body while the server stops", async () => {
  let isRead = false;
  const body = bodyTelling(() => isRead = true);
  const site = new Site({ isAccepting: () => false });
  await assertRefused(await site.request("POST /channels/a", { body }), 503, "stopping");
  assertEquals(isRead, false);
});

Deno.test("publish refuses a body that took so long that the server stops meanwhile", async () => {
  let isAccepting = true;
  const site = new Site({ isAccepting: () => isAccepting });
  const body = bodyTelling(() => isAccepting = false);
  await assertRefused(await site.request("POST /channels/a", { body }), 503, "stopping");
  assertEquals(await payloads(site, "a"), []);
});

Deno.test("publish refuses while more waits than may", async () => {
  const site = new Site({ maxBacklogBytes: 100 });
  site.hub.publish({ channel: "a", payload: { kind: "text", text: "x".repeat(200) } });
  await assertRefused(await site.request("POST /channels/a", { body: "x" }), 503, "overloaded");
  await site.hub.stored();
  assertEquals((await site.request("POST /channels/a", { body: "x" })).status, 200);
});

Deno.test("publish tells when the body could not be stored, and not why", async () => {
  const log = new MemoryLog({ retention: () => ({ size: 1, ttlMs: 1 }) });
  const failed = { kind: "failed" as const, reason: "secret: the disk is full" };
  log.append = (drafts) => Promise.resolve(drafts.map(() => failed));
  const response = await new Site({ log }).request("POST /channels/a", { body: "x" });
  assertEquals((await response.clone().text()).includes("secret"), false);
  await assertRefused(response, 503, "not_stored");
});

/** Publishes under an idempotency key. */
function publishKeyed(
  site: Site,
  key: string,
  { channel = "a", body = "x", type = "text/plain" }: {
    readonly channel?: string;
    readonly body?: string;
    readonly type?: string;
  } = {},
): Promise<Response> {
  const headers = { "idempotency-key": key, "content-type": type };
  return site.request(`POST /channels/${channel}`, { body, headers });
}

Deno.test("publish stores a body under one Idempotency-Key once, and answers the same", async () => {
  const site = new Site();
  const first = await jsonOf(await publishKeyed(site, "k"));
  await site.request("POST /channels/a", { body: "in between" });
  assertEquals(await jsonOf(await publishKeyed(site, "k")), first);
  assertEquals((await payloads(site, "a")).length, 2);
});

Deno.test("publish refuses another body under the same Idempotency-Key", async () => {
  const site = new Site();
  await publishKeyed(site, "k");
  await assertRefused(await publishKeyed(site, "k", { body: "y" }), 409, "key_conflict");
});

Deno.test("publish refuses the same body of another kind under the same Idempotency-Key", async () => {
  const site = new Site();
  await publishKeyed(site, "k", { body: "1" });
  const type = "application/json";
  await assertRefused(await publishKeyed(site, "k", { body: "1", type }), 409, "key_conflict");
});

Deno.test("publish remembers an Idempotency-Key for each channel by itself", async () => {
  const site = new Site();
  await publishKeyed(site, "k");
  const response = await publishKeyed(site, "k", { channel: "b", body: "y" });
  assertEquals((await jsonOf(response))["offset"], 1);
});

for (const key of ["", "x".repeat(256), "kůň", "a\tb"]) {
  Deno.test(`publish refuses the Idempotency-Key ${JSON.stringify(key.slice(0, 10))}`, async () => {
    const site = new Site();
    const headers = new Headers({ "content-type": "text/plain" });
    try {
      headers.set("idempotency-key", key);
    } catch {
      // What cannot be a header's value cannot come in either.
      return;
    }
    const request = { body: "x", headers: Object.fromEntries(headers) };
    await assertRefused(await site.request("POST /channels/a", request), 400, "bad_key");
  });
}

Deno.test("publish takes an Idempotency-Key of 255 characters", async () => {
  assertEquals((await publishKeyed(new Site(), "x".repeat(255))).status, 200);
});
