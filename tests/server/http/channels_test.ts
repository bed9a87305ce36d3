import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { MemoryLog } from "../../../server/history/mod.ts";
import type { Payload } from "../../../server/publication.ts";
import { Recorder } from "../hub/recorder.ts";
import { assertRefused, jsonOf, Site } from "./site.ts";

function texts(count: number): Payload[] {
  return Array.from({ length: count }, (_, index) => ({ kind: "text", text: `${index + 1}` }));
}

/** A site whose channel `a` holds 1 to `count`, and its epoch. */
async function siteWith(count: number): Promise<{ site: Site; epoch: string }> {
  const site = new Site();
  await site.fill("a", texts(count));
  const [top] = await site.log.tops(["a"]);
  return { site, epoch: top?.epoch ?? "" };
}

/** The offsets on a page, and whether it says that the reader's place is lost. */
async function page(site: Site, query: string): Promise<{ offsets: number[]; isReset: boolean }> {
  const body = await jsonOf(await site.request(`GET /channels/a${query}`));
  const publications = body["publications"] as readonly { readonly offset: number }[];
  return { offsets: publications.map(({ offset }) => offset), isReset: body["reset"] === true };
}

Deno.test("readChannel gives a channel's history as JSON", async () => {
  const { site, epoch } = await siteWith(2);
  const response = await site.request("GET /channels/a");
  assertEquals(response.headers.get("content-type"), "application/json");
  const { publications, ...head } = await jsonOf(response);
  assertEquals(head, { channel: "a", epoch, offset: 2 });
  const [first] = publications as readonly Record<string, unknown>[];
  assertEquals(Object.keys(first ?? {}), ["offset", "time", "data"]);
  assertEquals([first?.["offset"], first?.["data"]], [1, "1"]);
  assert(Math.abs(Number(first?.["time"]) - Date.now()) < 60_000);
});

Deno.test("readChannel gives JSON as it came, text as a string and bytes as b64data", async () => {
  const site = new Site();
  await site.fill("a", [
    { kind: "json", text: '{"id": 12345678901234567890}' },
    { kind: "text", text: 'say "hi"\n' },
    { kind: "binary", bytes: new Uint8Array([0, 255]) },
  ]);
  const body = await (await site.request("GET /channels/a")).text();
  assert(body.includes('"data":{"id": 12345678901234567890}}'), body);
  assert(body.includes('"data":"say \\"hi\\"\\n"}'), body);
  assert(body.includes('"b64data":"AP8="}'), body);
  assertEquals(JSON.parse(body).publications.length, 3);
});

Deno.test("readChannel gives a channel that nobody published to as empty", async () => {
  const { publications, offset } = await jsonOf(await new Site().request("GET /channels/nothing"));
  assertEquals([publications, offset], [[], 0]);
});

for (const [query, hasMore] of [["?limit=2", true], ["?since=3&limit=2", undefined]] as const) {
  Deno.test(`readChannel says of ${query} whether the page ended before the log`, async () => {
    const { site } = await siteWith(5);
    assertEquals((await jsonOf(await site.request(`GET /channels/a${query}`)))["more"], hasMore);
  });
}

const PAGES: Readonly<Record<string, readonly number[]>> = {
  "?since=3": [4, 5],
  "?since=5": [],
  "?since=0&limit=2": [1, 2],
  "?limit=3": [1, 2, 3],
  "?reverse": [5, 4, 3, 2, 1],
  "?reverse&limit=2": [5, 4],
  "?reverse&since=3": [2, 1],
};

for (const [query, offsets] of Object.entries(PAGES)) {
  Deno.test(`readChannel gives of five what ${query} asks for`, async () => {
    const { site } = await siteWith(5);
    assertEquals(await page(site, query), { offsets: [...offsets], isReset: false });
  });
}

Deno.test("readChannel gives a hundred publications unless asked for more", async () => {
  const { site } = await siteWith(300);
  assertEquals((await page(site, "")).offsets.length, 100);
  assertEquals((await page(site, "?limit=250")).offsets.length, 250);
});

for (const query of ["?since=6", "?epoch=other", "?epoch=other&since=2", "?epoch=other&since=5"]) {
  Deno.test(`readChannel says that the place ${query} is lost`, async () => {
    const { site } = await siteWith(5);
    assertEquals((await page(site, query)).isReset, true);
  });
}

Deno.test("readChannel says that a place is lost when what followed is not kept", async () => {
  const log = new MemoryLog({ retention: () => ({ size: 3, ttlMs: 3_600_000 }) });
  const site = new Site({ log });
  await site.fill("a", texts(10));
  assertEquals(await page(site, "?since=6"), { offsets: [8, 9, 10], isReset: true });
  assertEquals(await page(site, "?since=7"), { offsets: [8, 9, 10], isReset: false });
});

Deno.test("readChannel knows its own epoch", async () => {
  const { site, epoch } = await siteWith(5);
  assertEquals(await page(site, `?epoch=${epoch}&since=5`), { offsets: [], isReset: false });
});

for (const query of ["?since=x", "?limit=0", "?limit=1001", "?since=-1"]) {
  Deno.test(`readChannel refuses ${query}`, async () => {
    await assertRefused(await new Site().request(`GET /channels/a${query}`), 400, "bad_query");
  });
}

Deno.test("readChannel refuses what is no channel", async () => {
  await assertRefused(await new Site().request("GET /channels/a%20b"), 400, "bad_channel");
});

Deno.test("readChannel says when the history cannot be read, and not why", async () => {
  const log = new MemoryLog({ retention: () => ({ size: 1, ttlMs: 1 }) });
  const error = new Error("secret: disk I/O error");
  log.read = () => Promise.reject(error);
  const site = new Site({ log });
  const response = await site.request("GET /channels/a");
  assertEquals((await response.clone().text()).includes("secret"), false);
  await assertRefused(response, 503, "not_readable");
  assertEquals(site.errors, [error]);
});

/** The tag of a page. */
async function tag(site: Site, path = "/channels/a"): Promise<string> {
  const response = await site.request(`GET ${path}`);
  await response.body?.cancel();
  return response.headers.get("etag") ?? "";
}

Deno.test("readChannel answers 304 to who has the page", async () => {
  const { site } = await siteWith(5);
  const headers = { "if-none-match": await tag(site) };
  const response = await site.request("GET /channels/a", { headers });
  assertEquals([response.status, await response.text()], [304, ""]);
});

Deno.test("readChannel gives a page another tag when something is published", async () => {
  const { site } = await siteWith(5);
  const before = await tag(site);
  await site.fill("a", texts(1));
  assertNotEquals(await tag(site), before);
});

Deno.test("readChannel gives a page another tag when the top that it tells has moved", async () => {
  const { site } = await siteWith(5);
  const before = await tag(site, "/channels/a?limit=2");
  await site.fill("a", texts(1));
  assertNotEquals(await tag(site, "/channels/a?limit=2"), before);
});

Deno.test("readChannel gives two channels and two parts of one different tags", async () => {
  const { site } = await siteWith(5);
  await site.fill("b", texts(4));
  const tags = [
    await tag(site),
    await tag(site, "/channels/a?limit=2"),
    await tag(site, "/channels/a?since=2"),
    await tag(site, "/channels/b"),
  ];
  assertEquals(new Set(tags).size, tags.length);
});

Deno.test("listChannels lists channels in use by name, with subscribers and positions", async () => {
  const { site, epoch } = await siteWith(3);
  for (const channel of ["b", "a", "b"]) site.hub.subscribe(channel, new Recorder());
  const { channels, total } = await jsonOf(await site.request("GET /channels"));
  const [a, b] = channels as readonly Record<string, unknown>[];
  assertEquals(a, { channel: "a", subscribers: 1, epoch, offset: 3 });
  assertEquals([b?.["channel"], b?.["subscribers"], b?.["offset"]], ["b", 2, 0]);
  assertEquals(total, 2);
});

Deno.test("listChannels lists a thousand and counts them all", async () => {
  const site = new Site();
  for (let number = 0; number < 1_200; number++) site.hub.subscribe(`c${number}`, new Recorder());
  const { channels, total } = await jsonOf(await site.request("GET /channels"));
  assertEquals([(channels as unknown[]).length, total], [1_000, 1_200]);
});

Deno.test("listChannels says when positions cannot be read, and not why", async () => {
  const log = new MemoryLog({ retention: () => ({ size: 1, ttlMs: 1 }) });
  const error = new Error("secret: disk I/O error");
  log.tops = () => Promise.reject(error);
  const site = new Site({ log });
  const response = await site.request("GET /channels");
  assertEquals((await response.clone().text()).includes("secret"), false);
  await assertRefused(response, 503, "not_readable");
  assertEquals(site.errors, [error]);
});

Deno.test("readChannel ends a page at a megabyte of payloads; the rest is read from there", async () => {
  const site = new Site();
  const large: Payload = { kind: "text", text: "x".repeat(60_000) };
  await site.fill("a", Array.from({ length: 40 }, () => large));
  const first = await page(site, "");
  assertEquals(first.offsets.length, 18);
  assertEquals((await page(site, "?since=18")).offsets[0], 19);
  assertEquals((await page(site, "?since=36")).offsets, [37, 38, 39, 40]);
});
