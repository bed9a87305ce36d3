import { assert, assertEquals } from "@std/assert";
import type { Subscription } from "centrifuge";
import type { ClientStage } from "../helpers/client_stage.ts";
import { clientSuite } from "../helpers/client_suite.ts";
import { range } from "../helpers/wait.ts";

const FOSSIL = { delta: "fossil" } as const;

/** Values that differ a little from one to the next, and now and then altogether. */
function values(count: number, first = 0): unknown[] {
  return range(count).map((index) => {
    const n = first + index;
    if (n % 7 === 6) return { entirely: `different ${"ü".repeat(n)}` };
    const lines = range(40).map((line) =>
      `líne ${line}: ${line === n % 40 ? `n 😀 ${n}` : "same"}`
    );
    return { n, lines, end: "x".repeat(n % 3) };
  });
}

/** What came over the wire was mostly deltas, and much smaller than the values. */
function assertDeltas(subscription: Subscription, { atLeast }: { readonly atLeast: number }): void {
  const stats = subscription.deltaStats();
  const text = JSON.stringify(stats);
  assert(stats.numDeltaPayloads >= atLeast, text);
  assert(stats.bytesReceived < stats.bytesDecoded / 2, text);
}

async function hears(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const client = await stage.connect();
  const { heard, subscription } = await stage.subscribe(client, channel, FOSSIL);
  const plain = await stage.subscribe(await stage.connect(), channel);
  const [byApi, byClient] = [values(20), values(20, 20)];
  await stage.publish(channel, byApi);
  for (const value of byClient) await subscription.publish(stage.pack(value));
  for (const each of [heard, plain.heard]) {
    await each.until("publication", 40);
    assertEquals(each.values(), [...byApi, ...byClient]);
  }
  assertDeltas(subscription, { atLeast: 25 });
  assertEquals(plain.subscription.deltaStats().numDeltaPayloads, 0);
}

async function recovers(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const client = await stage.connect();
  const { heard, subscription } = await stage.subscribe(client, channel, FOSSIL);
  const all = values(60);
  await stage.publish(channel, all.slice(0, 20));
  await heard.until("publication", 20);
  const heardBefore = [20, 40, 40, 59];
  for (const time of range(3)) {
    await stage.leave(client, channel);
    await stage.publish(channel, all.slice(heardBefore[time], heardBefore[time + 1]));
    client.connect();
    await heard.until("subscribed", time + 2);
    await heard.until("publication", heardBefore[time + 1]);
  }
  await stage.publish(channel, all.slice(59));
  await heard.until("publication", 60);
  assertEquals(heard.values(), all);
  assertEquals(heard.of("subscribed").slice(1).map(({ recovered }) => recovered), [
    true,
    true,
    true,
  ]);
  assertDeltas(subscription, { atLeast: 35 });
}

async function beginsAnew(stage: ClientStage): Promise<void> {
  const channel = stage.name("small:");
  const client = await stage.connect();
  const { heard, subscription } = await stage.subscribe(client, channel, FOSSIL);
  const all = values(16);
  await stage.publish(channel, all.slice(0, 4));
  await heard.until("publication", 4);
  await stage.leave(client, channel);
  await stage.publish(channel, all.slice(4, 12));
  client.connect();
  assertEquals((await heard.until("subscribed", 2)).recovered, false);
  await stage.publish(channel, all.slice(12, 14));
  await heard.until("publication", 6);
  subscription.unsubscribe();
  await stage.publish(channel, ["unheard"]);
  subscription.subscribe();
  await heard.until("publication", 7);
  await stage.publish(channel, all.slice(14));
  await heard.until("publication", 9);
  assertEquals(heard.values(), [
    ...all.slice(0, 4),
    ...all.slice(12, 14),
    "unheard",
    ...all.slice(14),
  ]);
}

async function usesACache(stage: ClientStage): Promise<void> {
  const channel = stage.name("cache:");
  const all = values(6);
  await stage.publish(channel, all.slice(0, 3));
  const client = await stage.connect();
  const options = { ...FOSSIL, since: { offset: 0, epoch: "" } };
  const { heard, subscription } = await stage.subscribe(client, channel, options);
  await heard.until("publication", 1);
  // It comes back and has the newest already.
  await stage.leave(client, channel);
  client.connect();
  await heard.until("subscribed", 2);
  await stage.publish(channel, all.slice(3, 5));
  await heard.until("publication", 3);
  // Somebody else has it, says so, and never saw it here.
  const { offset, epoch } = await stage.api<{ offset: number; epoch: string }>("history", {
    channel,
  });
  const other = await stage.connect();
  const late = await stage.subscribe(other, channel, { ...FOSSIL, since: { offset, epoch } });
  await stage.publish(channel, all.slice(5));
  await Promise.all([heard.until("publication", 4), late.heard.until("publication", 1)]);
  assertEquals(heard.values(), all.slice(2));
  assertEquals(late.heard.values(), all.slice(5));
  assertEquals(subscription.deltaStats().numDeltaPayloads, 2);
}

clientSuite("Centrifuge client that asks for deltas", {
  "hears what was published, beside one that does not ask": hears,
  "recovers what it missed": recovers,
  "begins anew when its position is lost": beginsAnew,
  "hears what follows the newest publication of a cache": usesACache,
});
