import { assertEquals } from "@std/assert";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { SECRET, sign } from "../auth/signer.ts";
import { Site } from "../http/site.ts";
import { type Message, StreamClient } from "../http/stream_client.ts";
import type { DifferentSettings } from "../settings.ts";

const PAST = Math.floor(Date.now() / 1_000) - 60;
const EXPIRED = { error: { code: 110, message: "expired" } };

function siteWith(client: DifferentSettings["client"] = {}): Site {
  const token = { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET };
  return new Site({ settings: { client: { token, isInsecure: false, ...client } } });
}

/** What a connect command with such a token is answered with. */
async function connected(site: Site, claims: Message): Promise<Message> {
  const connect = { token: await sign(claims) };
  const body = JSON.stringify({ id: 1, connect });
  const response = await site.request("POST /connection/http_stream", { body });
  const reader = response.body?.getReader();
  const line = new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  const { id: _id, ...reply } = JSON.parse(line);
  return reply;
}

Deno.test("connect is told 110 with a token whose grant is over, though it is valid", async () => {
  assertEquals(await connected(siteWith(), { sub: "42", expire_at: PAST }), EXPIRED);
  const subs = { a: { expire_at: PAST } };
  assertEquals(await connected(siteWith(), { sub: "42", subs }), EXPIRED);
});

Deno.test("connect minds no time where everybody may do everything", async () => {
  const reply = await connected(siteWith({ isInsecure: true }), { sub: "42", expire_at: PAST });
  assertEquals(Object.keys(reply), ["connect"]);
});

Deno.test("connect takes no token of nobody where that is disallowed, but who has none", async () => {
  const disallowed = { disallowAnonymousConnectionTokens: true };
  for (const allowAnonymousConnectWithoutToken of [true, false]) {
    const site = siteWith({ ...disallowed, allowAnonymousConnectWithoutToken });
    const disconnect = { code: 3507, reason: "permission denied" };
    assertEquals(await connected(site, {}), { push: { disconnect } });
  }
  await using client = await StreamClient.open(siteWith(disallowed));
  assertEquals(client.id.length, 36);
});

Deno.test("connect that is refused takes with it what was sent behind it", async () => {
  const site = siteWith({ staleCloseDelayMs: 1 });
  const connect = { token: await sign({ sub: "42", exp: PAST }) };
  const publish = { channel: "a", data: 1 };
  const body = `${JSON.stringify({ id: 1, connect })}\n${JSON.stringify({ id: 2, publish })}`;
  const response = await site.request("POST /connection/http_stream", { body });
  const lines = (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines, [
    { id: 1, error: { code: 109, message: "token expired" } },
    // Who does not leave by itself is not kept for ever.
    { push: { disconnect: { code: 3502, reason: "stale" } } },
  ]);
  assertEquals((await site.log.tops(["a"]))[0]?.offset, 0);
});

/** A client of user 42, with a subscription to `a`. */
async function clientOf(site: Site): Promise<StreamClient> {
  const client = await StreamClient.open(site, { token: await sign({ sub: "42" }) });
  await client.ask("subscribe", { channel: "a" });
  return client;
}

const COMMANDS: Readonly<Record<string, Message>> = {
  subscribe: { channel: "b" },
  sub_refresh: { channel: "a" },
  refresh: {},
};

for (const [method, about] of Object.entries(COMMANDS)) {
  Deno.test(`${method} is told 110 with a token whose grant is over, and stays as it was`, async () => {
    await using client = await clientOf(siteWith());
    const token = await sign({ sub: "42", ...about, expire_at: PAST });
    assertEquals(await client.ask(method, { ...about, token }), EXPIRED);
    assertEquals(await client.ask("unsubscribe", { channel: "a" }), { unsubscribe: {} });
  });
}

Deno.test("refresh takes over what the token says of the client", async () => {
  const site = siteWith();
  await using client = await clientOf(site);
  await client.ask("refresh", { token: await sign({ sub: "42", info: { name: "new" } }) });
  await client.ask("publish", { channel: "a", data: 1 });
  await client.ask("refresh", { token: await sign({ sub: "42" }) });
  await client.ask("publish", { channel: "a", data: 2 });
  const { publications } = await site.log.read("a", { limit: 10 });
  assertEquals(publications.map(({ info }) => info?.connInfo), [
    '{"name":"new"}',
    '{"name":"new"}',
  ]);
});
