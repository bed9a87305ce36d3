import { assertEquals } from "@std/assert";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { SECRET, sign } from "../auth/signer.ts";
import { callApi, errorOf, resultOf } from "./api_caller.ts";
import { Site } from "./site.ts";
import { StreamClient } from "./stream_client.ts";

const NAMESPACES = { ns: {}, off: { historySize: 0, presence: false } };
const client = { token: { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET } };

function site(): Site {
  return new Site({ settings: { namespaces: NAMESPACES, client } });
}

async function join(at: Site, channel: string, claims: object): Promise<StreamClient> {
  const client = await StreamClient.open(at, { token: await sign(claims) });
  await client.ask("subscribe", { channel });
  return client;
}

Deno.test("presence and presence_stats tell nobody as nobody, and where it is kept at all", async () => {
  const at = site();
  assertEquals(await resultOf(at, "presence", { channel: "ns:a" }), { presence: {} });
  const nobody = { num_clients: 0, num_users: 0 };
  assertEquals(await resultOf(at, "presence_stats", { channel: "ns:a" }), nobody);
  for (const method of ["presence", "presence_stats"]) {
    assertEquals(await errorOf(at, method, { channel: "off:a" }), 108);
    assertEquals(await errorOf(at, method, { channel: "nope:a" }), 102);
    assertEquals(await errorOf(at, method, {}), 107);
  }
});

Deno.test("presence tells everybody, and what tokens say of them letter by letter", async () => {
  const at = site();
  await using first = await join(at, "ns:a", { sub: "42", info: { name: "X" } });
  await using second = await join(at, "ns:a", { sub: "42" });
  await using third = await join(at, "ns:a", {});
  await using _other = await join(at, "ns:b", { sub: "7" });
  assertEquals(await resultOf(at, "presence", { channel: "ns:a" }), {
    presence: {
      [first.id]: { user: "42", client: first.id, conn_info: { name: "X" } },
      [second.id]: { user: "42", client: second.id },
      [third.id]: { user: "", client: third.id },
    },
  });
  const stats = await resultOf(at, "presence_stats", { channel: "ns:a" });
  assertEquals(stats, { num_clients: 3, num_users: 2 });
});

/** A site with five publications in `ns:a`, of which the third has tags. */
async function filled(): Promise<{ at: Site; epoch: string }> {
  const at = site();
  for (const data of [1, 2, 3, 4, 5]) {
    const tags = data === 3 ? { k: "v" } : undefined;
    await resultOf(at, "publish", { channel: "ns:a", data, tags });
  }
  return { at, epoch: (await at.log.tops(["ns:a"]))[0]?.epoch ?? "" };
}

/** What is asked for, and the offsets that are told. */
const PAGES: readonly (readonly [object, number[]])[] = [
  [{}, []],
  [{ limit: 0 }, []],
  [{ limit: 2 }, [1, 2]],
  [{ limit: -1 }, [1, 2, 3, 4, 5]],
  [{ limit: 1_000_000 }, [1, 2, 3, 4, 5]],
  [{ limit: -1, since: { offset: 3 } }, [4, 5]],
  [{ limit: 1, since: { offset: 3 } }, [4]],
  [{ limit: -1, since: {} }, [1, 2, 3, 4, 5]],
  [{ limit: -1, since: { offset: 5 } }, []],
  [{ limit: -1, reverse: true }, [5, 4, 3, 2, 1]],
  [{ limit: 2, reverse: true }, [5, 4]],
  [{ limit: -1, reverse: true, since: { offset: 3 } }, [2, 1]],
];

for (const [params, offsets] of PAGES) {
  Deno.test(`history of ${JSON.stringify(params)} tells ${offsets.join(" ") || "nothing"}`, async () => {
    const { at, epoch } = await filled();
    const tags = (offset: number) => offset === 3 ? { tags: { k: "v" } } : {};
    const publications = offsets.map((offset) => ({ data: offset, offset, ...tags(offset) }));
    const result = await resultOf(at, "history", { channel: "ns:a", ...params });
    assertEquals(result, { publications, epoch, offset: 5 });
  });
}

Deno.test("history tells of a lost position, and of what cannot be asked", async () => {
  const { at, epoch } = await filled();
  const channel = "ns:a";
  const of = (params: object) => errorOf(at, "history", { channel, limit: 1, ...params });
  assertEquals(await of({ since: { offset: 1, epoch: "other" } }), 112);
  assertEquals(await of({ limit: 0, since: { offset: 1, epoch: "other" } }), 112);
  assertEquals(await of({ reverse: true, since: { offset: 0, epoch } }), 107);
  assertEquals(await of({ reverse: true, since: {} }), 107);
  assertEquals(await of({ channel: "off:a" }), 108);
  assertEquals(await of({ channel: "nope:a" }), 102);
  const known = await resultOf(at, "history", { channel, limit: 1, since: { offset: 4, epoch } });
  assertEquals(known, { publications: [{ data: 5, offset: 5 }], epoch, offset: 5 });
});

Deno.test("history of a channel that nobody ever used is empty, and everything is told", async () => {
  const result = await resultOf(site(), "history", { channel: "ns:new", limit: 10 });
  assertEquals(Object.keys(result), ["publications", "epoch", "offset"]);
  assertEquals([result["publications"], result["offset"]], [[], 0]);
});

Deno.test("history tells who published, and bytes as b64data", async () => {
  const at = site();
  await using publisher = await join(at, "ns:a", { sub: "42", info: { name: "X" } });
  await publisher.ask("publish", { channel: "ns:a", data: { by: 42 } });
  await resultOf(at, "publish", { channel: "ns:a", b64data: "/wD+" });
  const info = { user: "42", client: publisher.id, conn_info: { name: "X" } };
  const { publications } = await resultOf(at, "history", { channel: "ns:a", limit: -1 });
  assertEquals(publications, [
    { data: { by: 42 }, info, offset: 1 },
    { b64data: "/wD+", offset: 2 },
  ]);
});

Deno.test("history_remove takes the publications and leaves the position", async () => {
  const { at, epoch } = await filled();
  assertEquals(await resultOf(at, "history_remove", { channel: "ns:a" }), {});
  const empty = await resultOf(at, "history", { channel: "ns:a", limit: -1 });
  assertEquals(empty, { publications: [], epoch, offset: 5 });
  const next = await resultOf(at, "publish", { channel: "ns:a", data: 6 });
  assertEquals(next, { epoch, offset: 6 });
  assertEquals(await resultOf(at, "history_remove", { channel: "ns:new" }), {});
  assertEquals(await errorOf(at, "history_remove", { channel: "off:a" }), 108);
  assertEquals(await errorOf(at, "history_remove", { channel: "nope:a" }), 102);
});

const PATTERNS: Readonly<Record<string, string[]>> = {
  "": ["ns:a1", "ns:a2", "ns:b1"],
  "*": ["ns:a1", "ns:a2", "ns:b1"],
  "ns:a*": ["ns:a1", "ns:a2"],
  "ns:?1": ["ns:a1", "ns:b1"],
  "ns:a1": ["ns:a1"],
  "a*": [],
};

for (const [pattern, expected] of Object.entries(PATTERNS)) {
  Deno.test(`channels tells those in use that match "${pattern}"`, async () => {
    const at = site();
    await using _first = await join(at, "ns:a1", { sub: "42" });
    await using _second = await join(at, "ns:a1", { sub: "43" });
    await using _third = await join(at, "ns:a2", { sub: "42" });
    await using _fourth = await join(at, "ns:b1", { sub: "42" });
    await resultOf(at, "publish", { channel: "ns:unused", data: 1 });
    const { channels } = await resultOf(at, "channels", { pattern }) as { channels: object };
    const counts = expected.map((name) => [name, { num_clients: name === "ns:a1" ? 2 : 1 }]);
    assertEquals(channels, Object.fromEntries(counts));
  });
}

Deno.test("info tells every number, zero or not", async () => {
  const at = site();
  const node = { uid: "node", name: "midgard", version: "Midgard test" };
  const told = async () => {
    const { nodes } = await resultOf(at, "info") as { nodes: Record<string, unknown>[] };
    const [{ uptime, ...numbers } = { uptime: undefined }] = nodes;
    assertEquals([typeof uptime, nodes.length], ["number", 1]);
    return numbers;
  };
  const nothing = { num_clients: 0, num_users: 0, num_subs: 0, num_channels: 0 };
  assertEquals(await told(), { ...node, ...nothing });
  await using first = await join(at, "ns:a", { sub: "42" });
  await first.ask("subscribe", { channel: "ns:b" });
  await using _second = await join(at, "ns:a", { sub: "42" });
  const some = { num_clients: 2, num_users: 1, num_subs: 3, num_channels: 2 };
  assertEquals(await told(), { ...node, ...some });
});

Deno.test("rpc is not available, as nothing is configured for it", async () => {
  assertEquals(await errorOf(site(), "rpc", { method: "x", params: {} }), 108);
  const response = await callApi(site(), "rpc", "{}");
  assertEquals(await response.text(), '{"error":{"code":108,"message":"not available"}}');
});

Deno.test("channels takes no pattern that is longer than any two names", async () => {
  const site = new Site();
  assertEquals(await resultOf(site, "channels", { pattern: "*".repeat(510) }), { channels: {} });
  const error = await errorOf(site, "channels", { pattern: "*".repeat(511) });
  assertEquals(error, 107);
});
