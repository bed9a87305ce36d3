import { assert, assertEquals, assertMatch } from "@std/assert";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { SECRET, sign } from "../auth/signer.ts";
import { errorOf, resultOf } from "./api_caller.ts";
import { Site } from "./site.ts";
import { StreamClient } from "./stream_client.ts";

interface Told {
  readonly id: string;
  readonly protocol: string;
  readonly user: string;
  readonly client: string;
  readonly channels: readonly string[];
  readonly num_channels: number;
  readonly opened_at: number;
  readonly queued_bytes: number;
}

interface Page {
  readonly connections: readonly Told[];
  readonly total: number;
  readonly cursor: string;
}

const token = { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET };

function site(): Site {
  return new Site({ settings: { client: { token } } });
}

async function page(at: Site, params: object = {}): Promise<Page> {
  return await resultOf(at, "connections", params) as unknown as Page;
}

async function connect(at: Site, user: string): Promise<StreamClient> {
  return await StreamClient.open(at, { token: await sign({ sub: user }) });
}

/** A reader of events without any library. */
async function readEvents(at: Site, channel: string): Promise<ReadableStream<Uint8Array>> {
  const headers = { accept: "text/event-stream" };
  const { body } = await at.request(`GET /channels/${channel}`, { headers });
  assert(body !== null);
  return body;
}

Deno.test("connections tells nobody as nobody", async () => {
  assertEquals(await page(site()), { connections: [], total: 0, cursor: "" });
});

Deno.test("connections tells who is there, how, since when and with what waiting", async () => {
  const at = site();
  const before = Date.now();
  await using client = await connect(at, "42");
  for (let index = 0; index < 12; index++) await client.ask("subscribe", { channel: `c${index}` });
  const events = await readEvents(at, "news");
  const { connections: [first, second], total } = await page(at);
  assert(first !== undefined && second !== undefined);
  assertEquals(total, 2);
  assertEquals([first.protocol, first.user, first.client], [
    "centrifuge_http_stream_json",
    "42",
    client.id,
  ]);
  assertEquals([first.channels, first.num_channels], [
    Array.from({ length: 10 }, (_, index) => `c${index}`),
    12,
  ]);
  assert(first.opened_at >= before && first.opened_at <= Date.now());
  assertEquals([second.protocol, second.user, second.client], ["sse", "", ""]);
  assertEquals([second.channels, second.num_channels], [["news"], 1]);
  assertEquals(typeof second.queued_bytes, "number");
  assertMatch(second.id, /^[0-9a-f]{8}-2$/);
  await events.cancel();
});

Deno.test("connections gives pages, each from where the last one ended", async () => {
  const at = site();
  const all = await Promise.all(["1", "2", "3"].map((user) => connect(at, user)));
  const first = await page(at, { limit: 2 });
  assertEquals(first.connections.length, 2);
  assertEquals(first.cursor, first.connections[1]?.id);
  // Who is named by the cursor may have gone meanwhile.
  await all[1]?.[Symbol.asyncDispose]();
  const second = await page(at, { limit: 2, cursor: first.cursor });
  assertEquals([second.connections.length, second.cursor], [1, ""]);
  assertEquals((await page(at, { cursor: "00000000-1" })).connections, []);
  for (const client of all) await client[Symbol.asyncDispose]();
});

Deno.test("connections tells those of a user or a protocol, and takes no odd limit", async () => {
  const at = site();
  await using _first = await connect(at, "42");
  await using _second = await connect(at, "7");
  const events = await readEvents(at, "news");
  const users = async (params: object) =>
    (await page(at, params)).connections.map(({ user }) => user);
  assertEquals(await users({ user: "42" }), ["42"]);
  assertEquals(await users({ user: "" }), [""]);
  assertEquals(await users({ protocol: "sse" }), [""]);
  assertEquals(await users({ protocol: "carrier pigeon" }), []);
  for (const limit of [0, 1_001]) assertEquals(await errorOf(at, "connections", { limit }), 107);
  await events.cancel();
});

Deno.test("connection_close ends a client and a stream, and says whether it did", async () => {
  const at = site();
  await using client = await connect(at, "42");
  const events = await readEvents(at, "news");
  const { connections } = await page(at);
  const close = (id: string) => resultOf(at, "connection_close", { id });
  for (const { id } of connections) assertEquals(await close(id), { closed: true });
  const line = JSON.parse(await client.line() ?? "");
  assertEquals(line, { push: { disconnect: { code: 3503, reason: "force disconnect" } } });
  assertEquals((await new Response(events).text()).includes("retry:"), true);
  for (const id of [connections[0]?.id ?? "", "ffffffff-1", "nonsense"]) {
    assertEquals(await close(id), { closed: false });
  }
  assertEquals(await errorOf(at, "connection_close"), 107);
});

Deno.test("connection_close and a cursor take nothing but an id for one", async () => {
  const at = site();
  await using client = await connect(at, "42");
  const { connections: [told] } = await page(at);
  const id = told?.id ?? "";
  const [prefix = ""] = id.split("-");
  for (const other of [`${id}-1`, `${id}e0`, `${prefix}-0${id.slice(9)}`, `${prefix}- 1`]) {
    assertEquals(await resultOf(at, "connection_close", { id: other }), { closed: false }, other);
  }
  for (const cursor of [prefix, `${prefix}-`, `${prefix}-x`]) {
    assertEquals((await page(at, { cursor })).connections, [], cursor);
  }
  assertEquals((await page(at)).connections.map((each) => each.client), [client.id]);
});
