import { assertEquals } from "@std/assert";
import { CLOSED_CHANNEL } from "../../../server/config/channel_settings.ts";
import type { ChannelOptions } from "../../../server/config/mod.ts";
import { Site } from "../http/site.ts";
import { StreamClient } from "../http/stream_client.ts";

const KEPT: ChannelOptions = {
  ...CLOSED_CHANNEL,
  historySize: 10,
  historyTtlMs: 60_000,
  allowSubscribeForClient: true,
  allowSubscribeForAnonymous: true,
};

/** A site that minds its rules, with two publications in `a`. */
async function siteWith(channel: Partial<ChannelOptions>): Promise<Site> {
  const settings = { client: { isInsecure: false }, channel: { ...KEPT, ...channel } };
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
  assertEquals(await subscribed(site), {
    ...{ positioned: true, recoverable: true, recovered: true, was_recovering: true },
    publications: [{ data: 1, offset: 1 }, { data: 2, offset: 2 }],
  });
});
