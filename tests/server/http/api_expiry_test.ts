import { assertEquals } from "@std/assert";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { SECRET, sign } from "../auth/signer.ts";
import { callApi } from "./api_caller.ts";
import { jsonOf, Site } from "./site.ts";
import { StreamClient } from "./stream_client.ts";

const NOW_S = Math.floor(Date.now() / 1_000);
const KEY = "the-key";

/** A site on which what expires does, and a client of user 42. */
async function scene(): Promise<{ at: Site; client: StreamClient }> {
  const token = { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET };
  const at = new Site({ settings: { client: { token, isInsecure: false }, api: { key: KEY } } });
  return { at, client: await StreamClient.open(at, { token: await sign({ sub: "42" }) }) };
}

async function call(at: Site, method: string, params: object): Promise<unknown> {
  return await jsonOf(await callApi(at, method, params, { headers: { "x-api-key": KEY } }));
}

Deno.test("subscribe refuses what is over already", async () => {
  const { at, client } = await scene();
  await using _client = client;
  const params = { user: "42", channel: "a", expire_at: NOW_S - 1 };
  const badRequest = { error: { code: 107, message: "bad request" } };
  assertEquals(await call(at, "subscribe", params), badRequest);
  assertEquals(await client.peek("unsubscribe", { channel: "a" }), { unsubscribe: {} });
});

Deno.test("subscribe until a time tells nothing of it, as Centrifugo does not", async () => {
  const { at, client } = await scene();
  await using _client = client;
  const params = { user: "42", channel: "a", expire_at: NOW_S + 60 };
  assertEquals(await call(at, "subscribe", params), { result: {} });
  const { push } = await client.next() as { push: { subscribe: Record<string, unknown> } };
  const { epoch: _epoch, ...subscribe } = push.subscribe;
  assertEquals(subscribe, { recoverable: true, positioned: true });
});

Deno.test("refresh until a time that is over ends a connection as expired", async () => {
  const { at, client } = await scene();
  await using _client = client;
  const params = { user: "42", expire_at: NOW_S - 1 };
  assertEquals(await call(at, "refresh", params), { result: {} });
  const disconnect = { code: 3005, reason: "connection expired" };
  assertEquals(await client.next(), { push: { disconnect } });
});
