import { assertEquals } from "@std/assert";
import { CLOSED_CHANNEL } from "../../../server/config/channel_settings.ts";
import { type ChannelOptions, NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { SECRET, sign } from "../auth/signer.ts";
import { Site } from "../http/site.ts";
import { StreamClient } from "../http/stream_client.ts";

const KEPT: ChannelOptions = {
  ...CLOSED_CHANNEL,
  historySize: 10,
  historyTtlMs: 60_000,
  allowSubscribeForClient: true,
  allowSubscribeForAnonymous: true,
};

const RECOVERED = {
  ...{ positioned: true, recoverable: true, recovered: true, was_recovering: true },
  publications: [{ data: 1, offset: 1 }, { data: 2, offset: 2 }],
};

/** A site that minds its rules, with two publications in `a`. */
async function siteWith(channel: Partial<ChannelOptions>): Promise<Site> {
  const token = { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET };
  const settings = { client: { isInsecure: false, token }, channel: { ...KEPT, ...channel } };
  const site = new Site({ settings });
  await site.fill("a", [{ kind: "json", text: "1" }, { kind: "json", text: "2" }]);
  return site;
}

async function subscribed(site: Site): Promise<Record<string, unknown>> {
  await using client = await StreamClient.open(site);
  const asked = { channel: "a", recover: true, recoverable: true, positioned: true };
  const { subscribe } = await client.ask("subscribe", asked);
  const { epoch: _epoch, ...result } = subscribe as Record<string, unknown>;
  return result;
}

Deno.test("ClientSubscription tells nobody that nothing was missed who may not recover", async () => {
  const site = await siteWith({ allowPositioning: true });
  assertEquals(await subscribed(site), { positioned: true, offset: 2 });
});

Deno.test("ClientSubscription recovers for who may, from the offset that was sent", async () => {
  const site = await siteWith({ allowRecovery: true });
  assertEquals(await subscribed(site), RECOVERED);
});

/** What a client is told of a subscription in its token when it says it had nothing of it yet. */
async function serverSide(site: Site, sub: object = {}): Promise<unknown> {
  const token = await sign({ sub: "42", subs: { a: sub } });
  const subs = { a: { recover: true, offset: 0 } };
  const body = JSON.stringify({ id: 1, connect: { token, subs } });
  const response = await site.request("POST /connection/http_stream", { body });
  const reader = response.body?.getReader();
  const text = new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  const { epoch: _epoch, ...result } = JSON.parse(text).connect.subs.a;
  return result;
}

Deno.test("connect recovers no subscription of a token where its client may not recover", async () => {
  assertEquals(await serverSide(await siteWith({})), {});
});

Deno.test("connect recovers a subscription of a token where its client may recover", async () => {
  assertEquals(await serverSide(await siteWith({ allowRecovery: true })), RECOVERED);
  const readable = await siteWith({ allowHistoryForSubscriber: true });
  assertEquals(await serverSide(readable), RECOVERED);
});

Deno.test("connect recovers a subscription of which the token itself says so", async () => {
  const override = { force_recovery: { value: true } };
  assertEquals(await serverSide(await siteWith({}), { override }), RECOVERED);
});
