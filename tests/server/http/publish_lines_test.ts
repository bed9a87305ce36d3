import { assertEquals } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import type { Draft } from "../../../server/history/mod.ts";
import { MemoryLog } from "../../../server/history/mod.ts";
import { assertRefused, jsonOf, Site } from "./site.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** What is in a channel, as kinds and texts. */
async function stored(site: Site, channel = "a"): Promise<string[]> {
  const { publications } = await site.log.read(channel, { limit: 2_000 });
  return publications.map(({ payload }) =>
    payload.kind === "binary" ? `binary ${payload.bytes}` : `${payload.kind} ${payload.text}`
  );
}

Deno.test("publishLines stores each line and answers with the last position and the count", async () => {
  const site = new Site();
  const response = await site.request("POST /channels/a?lines", { body: "one\n\nthree\nfour" });
  const [top] = await site.log.tops(["a"]);
  assertEquals(response.status, 200);
  assertEquals(await jsonOf(response), { epoch: top?.epoch, offset: 4, count: 4 });
  assertEquals(await stored(site), ["text one", "text ", "text three", "text four"]);
});

Deno.test("publishLines takes a newline at the end for no line of its own", async () => {
  const site = new Site();
  await site.request("POST /channels/a?lines", { body: "one\ntwo\n" });
  assertEquals(await stored(site), ["text one", "text two"]);
});

Deno.test("publishLines checks each line of JSON and keeps it as it stands", async () => {
  const site = new Site();
  await site.request("POST /channels/a?lines", { body: '{"a":1.0}\n[ ]', headers: JSON_TYPE });
  assertEquals(await stored(site), ['json {"a":1.0}', "json [ ]"]);
});

Deno.test("publishLines names the line that is at fault, and stores none", async () => {
  const site = new Site();
  const cases = [
    { body: "1\n2\n{\n4", headers: JSON_TYPE, status: 400, code: "bad_body", line: 3 },
    { body: `x\n${"x".repeat(65_537)}`, status: 413, code: "too_large", line: 2 },
    { body: "x\n".repeat(1_001), status: 413, code: "too_large" },
    { body: "", status: 400, code: "bad_body" },
  ];
  for (const { body, headers, status, code, line } of cases) {
    const response = await site.request("POST /channels/a?lines", {
      ...{ body, ...(headers && { headers }) },
    });
    const { error } = await jsonOf(response);
    const { message: _message, ...told } = error as Record<string, unknown>;
    const where = line === undefined ? { code } : { code, line };
    assertEquals([response.status, told], [status, where as Record<string, unknown>]);
  }
  assertEquals(await stored(site), []);
});

Deno.test("publishLines stores a body once under one Idempotency-Key", async () => {
  const site = new Site();
  const post = async (body: string) => {
    const headers = { "idempotency-key": "k" };
    return await jsonOf(await site.request("POST /channels/a?lines", { body, headers }));
  };
  const first = await post("x\nx");
  assertEquals(await post("x\nx"), first);
  assertEquals((await post("x\nx\nx")).offset, 5);
  const headers = { "idempotency-key": "k".repeat(129) };
  const response = await site.request("POST /channels/a?lines", { body: "x", headers });
  await assertRefused(response, 400, "bad_key");
});

/** A repeat is answered as a whole: the last line's position follows from the first one's. */
Deno.test("publishLines has the log remember one key for all lines", async () => {
  const log = new MemoryLog({ retention: () => ({ size: 10_000, ttlMs: 60_000 }) });
  const append = log.append.bind(log);
  const keys: (string | undefined)[] = [];
  log.append = (drafts) => {
    keys.push(...drafts.flatMap(({ idempotency }) => idempotency?.key ?? []));
    return append(drafts);
  };
  const site = new Site({ log });
  const options = { body: "x\n".repeat(1_000), headers: { "idempotency-key": "k" } };
  const first = await jsonOf(await site.request("POST /channels/a?lines", options));
  assertEquals(first.offset, 1_000);
  assertEquals(await jsonOf(await site.request("POST /channels/a?lines", options)), first);
  assertEquals([keys.length, new Set(keys).size], [2, 1]);
});

Deno.test("publishLines knows a body that was stored with a key for each line", async () => {
  const site = new Site();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("1\n2\n3"));
  const name = `k\ntext\n${encodeBase64(digest)}`;
  const drafts = ["1", "2", "3"].map((text, index): Draft => ({
    ...{ channel: "a", payload: { kind: "text", text }, time: Date.now() },
    idempotency: { key: `${name}\n${index}`, digest: "" },
  }));
  await site.log.append(drafts);
  const headers = { "idempotency-key": "k" };
  const response = await site.request("POST /channels/a?lines", { body: "1\n2\n3", headers });
  const { offset, count } = await jsonOf(response);
  assertEquals([response.status, offset, count], [200, 3, 3]);
  assertEquals(await stored(site), ["text 1", "text 2", "text 3"]);
});

Deno.test("publishLines takes the same body of another type, and another's key, for another one", async () => {
  const site = new Site();
  const post = async (path: string, type: string, key: string) => {
    const headers = { "content-type": type, "idempotency-key": key };
    return (await site.request(`POST /channels/a${path}`, { body: "1", headers })).status;
  };
  const bytes = new TextEncoder().encode("1");
  const digest = encodeBase64(await crypto.subtle.digest("SHA-256", bytes));
  const statuses = [
    await post("", "text/plain", `k ${digest} 0`),
    await post("?lines", "text/plain", "k"),
    await post("?lines", "application/json", "k"),
    await post("?lines", "application/json; charset=utf-8", "k"),
  ];
  assertEquals(statuses, [200, 200, 200, 200]);
  assertEquals(await stored(site), ["text 1", "text 1", "json 1"]);
});

Deno.test("publishLines says that it is stored only where all of it is", async () => {
  const log = new MemoryLog({ retention: () => ({ size: 10_000, ttlMs: 60_000 }) });
  const append = log.append.bind(log);
  log.append = async (drafts) =>
    (await append(drafts)).with(0, { kind: "failed", reason: "in parts" });
  const site = new Site({ log });
  const response = await site.request("POST /channels/a?lines", { body: "1\n2" });
  await assertRefused(response, 503, "not_stored");
});

Deno.test("publishLines is asked for as other switches are", async () => {
  const site = new Site();
  for (const query of ["lines=0", "lines=false", "lines=1", "lines="]) {
    await site.request(`POST /channels/a?${query}`, { body: "1\n2" });
  }
  assertEquals(await stored(site), [
    ...["text 1\n2", "text 1\n2", "text 1", "text 2", "text 1", "text 2"],
  ]);
});

Deno.test("publishLines stores all lines in one step, however many others wait", async () => {
  const log = new MemoryLog({ retention: () => ({ size: 10_000, ttlMs: 60_000 }) });
  const append = log.append.bind(log);
  let steps = 0;
  log.append = (drafts) => {
    steps += 1;
    if (steps > 1) return append(drafts);
    return Promise.resolve(drafts.map(() => ({ kind: "failed", reason: "full" })));
  };
  const site = new Site({ log });
  for (let count = 0; count < 2_000; count += 1) {
    site.hub.publish({ channel: "b", payload: { kind: "text", text: "x" } });
  }
  const answered = site.request("POST /channels/a?lines", { body: "x\n".repeat(500) });
  await assertRefused(await answered, 503, "not_stored");
  assertEquals([steps, await stored(site)], [1, []]);
});

Deno.test("publishLines refuses while the server stops, and does not store", async () => {
  const site = new Site({ isAccepting: () => false });
  await assertRefused(await site.request("POST /channels/a?lines", { body: "x" }), 503, "stopping");
  assertEquals(await stored(site), []);
});

Deno.test("publishLines turns away what has no room beside the bodies that are on their way", async () => {
  const site = new Site();
  const pending = Array.from({ length: 64 }, () => {
    const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
    const writer = writable.getWriter();
    const body = site.request("POST /channels/b?lines", { body: readable });
    return { writer, body, written: writer.write(new Uint8Array(1_048_576)) };
  });
  await Promise.all(pending.map(({ written }) => written));
  const post = () => site.request("POST /channels/a?lines", { body: "1" });
  await assertRefused(await post(), 503, "overloaded");
  for (const { writer, body } of pending) {
    await writer.close();
    assertEquals((await body).status, 413);
  }
  assertEquals((await post()).status, 200);
});
