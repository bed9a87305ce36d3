import { assertEquals } from "@std/assert";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { SECRET, sign } from "../auth/signer.ts";
import type { DifferentSettings } from "../settings.ts";
import { errorOf, resultOf } from "./api_caller.ts";
import { Site } from "./site.ts";
import { StreamClient } from "./stream_client.ts";

const NOW_S = Math.floor(Date.now() / 1_000);

function site(client: DifferentSettings["client"] = {}): Site {
  const token = { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET };
  return new Site({ settings: { client: { token, ...client } } });
}

async function connect(at: Site, user: string): Promise<StreamClient> {
  return await StreamClient.open(at, { token: await sign({ sub: user }) });
}

/** The rest of a client's stream. */
async function rest(client: StreamClient): Promise<unknown[]> {
  const lines: unknown[] = [];
  for (let line = await client.line(); line !== undefined; line = await client.line()) {
    lines.push(JSON.parse(line));
  }
  return lines;
}

function ended(code: number, reason: string): unknown[] {
  return [{ push: { disconnect: { code, reason } } }];
}

async function assertUntouched(client: StreamClient): Promise<void> {
  assertEquals(await client.peek("unsubscribe", { channel: "x" }), { unsubscribe: {} });
}

Deno.test("disconnect ends every connection of a user but those on the whitelist", async () => {
  const at = site();
  await using first = await connect(at, "42");
  await using second = await connect(at, "42");
  await using kept = await connect(at, "42");
  await using other = await connect(at, "7");
  const whitelist = [kept.id, "unknown"];
  assertEquals(await resultOf(at, "disconnect", { user: "42", whitelist }), {});
  for (const client of [first, second]) {
    assertEquals(await rest(client), ended(3503, "force disconnect"));
  }
  await assertUntouched(kept);
  await assertUntouched(other);
});

Deno.test("disconnect of nobody in particular ends clients without a user", async () => {
  const at = site();
  await using anonymous = await connect(at, "");
  await using known = await connect(at, "42");
  await resultOf(at, "disconnect", { user: "" });
  assertEquals(await rest(anonymous), ended(3503, "force disconnect"));
  await assertUntouched(known);
});

const OWN: readonly (readonly [object, number, string])[] = [
  [{}, 3503, "force disconnect"],
  [{ code: 4_000, reason: "come back" }, 4_000, "come back"],
  [{ code: 4_999, reason: "é".repeat(61) }, 4_999, "é".repeat(61)],
  [{ code: 3_000 }, 3_000, "force disconnect"],
  [{ reason: "out" }, 3_503, "out"],
  [{ code: 4_500, reason: "" }, 4_500, "force disconnect"],
];

for (const [disconnect, code, reason] of OWN) {
  Deno.test(`disconnect with ${JSON.stringify(disconnect)} sends ${code}`, async () => {
    const at = site();
    await using client = await connect(at, "42");
    assertEquals(await resultOf(at, "disconnect", { user: "42", disconnect }), {});
    assertEquals(await rest(client), ended(code, reason));
  });
}

/** What no Close frame may say, or clients would take for something else. */
const BAD: readonly object[] = [
  { code: 0 },
  { code: 1000 },
  { code: 1006 },
  { code: 2_999 },
  { code: 5_000 },
  { code: -3_503 },
  { reason: "x".repeat(124) },
  { reason: "é".repeat(62) },
  { reason: '{"reconnect":true}' },
  { reason: "1" },
];

for (const disconnect of BAD) {
  const shown = JSON.stringify(disconnect).slice(0, 40);
  Deno.test(`disconnect with ${shown} is a bad request, and ends nothing`, async () => {
    const at = site();
    await using client = await connect(at, "42");
    assertEquals(await errorOf(at, "disconnect", { user: "42", disconnect }), 107);
    await assertUntouched(client);
  });
}

Deno.test("refresh gives a connection another end, and tells it", async () => {
  const at = site();
  await using client = await connect(at, "42");
  await using other = await connect(at, "7");
  assertEquals(await resultOf(at, "refresh", { user: "42", expire_at: NOW_S + 1_000 }), {});
  const { push } = await client.next() as { push: { refresh: Record<string, unknown> } };
  const { ttl, ...refresh } = push.refresh;
  assertEquals([Object.keys(push), refresh], [["refresh"], { expires: true }]);
  assertEquals(Number(ttl) > 990 && Number(ttl) <= 1_000, true);
  await resultOf(at, "refresh", { user: "42" });
  assertEquals(await client.next(), { push: { refresh: {} } });
  await assertUntouched(other);
});

Deno.test("refresh tells others something else about the client", async () => {
  const at = site();
  await using client = await connect(at, "42");
  await resultOf(at, "refresh", { user: "42", info: { name: "new" } });
  await client.next();
  await client.ask("publish", { channel: "a", data: 1 });
  const { publications } = await at.log.read("a", { limit: 1 });
  assertEquals(publications[0]?.info?.connInfo, '{"name":"new"}');
});

Deno.test("refresh ends a connection that it says is expired", async () => {
  const at = site();
  await using client = await connect(at, "42");
  await resultOf(at, "refresh", { user: "42", expired: true });
  assertEquals(await rest(client), ended(3005, "connection expired"));
});
