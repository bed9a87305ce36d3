import { assert, assertEquals } from "@std/assert";
import type { StreamPosition, SubscriptionOptions } from "centrifuge";
import type { ClientStage } from "../helpers/client_stage.ts";
import { clientSuite } from "../helpers/client_suite.ts";
import { Relay } from "../helpers/relay.ts";
import { hearClient } from "../helpers/heard.ts";
import { range, waitFor } from "../helpers/wait.ts";

/** Where a channel's log ends. */
function topOf(stage: ClientStage, channel: string): Promise<StreamPosition> {
  return stage.api("history", { channel, limit: 0 });
}

/** A subscriber that has heard 3 publications, missed so many more, and is back. */
async function missing(
  stage: ClientStage,
  { missed, prefix, options }: {
    readonly missed: number;
    readonly prefix?: string;
    readonly options?: Partial<SubscriptionOptions>;
  },
) {
  const channel = stage.name(prefix);
  const client = await stage.connect();
  const { heard, subscription } = await stage.subscribe(client, channel, options);
  const before = await stage.publishNumbers(channel, 3);
  await heard.until("publication", 3);
  await stage.leave(client, channel);
  const away = await stage.publishNumbers(channel, missed, 4);
  client.connect();
  const back = await heard.until("subscribed", 2);
  return { channel, client, subscription, heard, before, away, back };
}

async function recovers(stage: ClientStage): Promise<void> {
  const { channel, heard, before, away, back } = await missing(stage, { missed: 5 });
  assertEquals([heard.of("subscribed")[0]?.wasRecovering, back.wasRecovering], [false, true]);
  assertEquals([back.recovered, back.hasRecoveredPublications], [true, true]);
  const live = await stage.publishNumbers(channel, 2, 9);
  await heard.until("publication", 10);
  assertEquals(heard.values(), [...before, ...away, ...live]);
  assertEquals(heard.of("publication").map(({ offset }) => offset), range(10).map((n) => n + 1));
}

async function recoversNothing(stage: ClientStage): Promise<void> {
  const { channel, heard, before, back } = await missing(stage, { missed: 0 });
  assertEquals([back.recovered, back.hasRecoveredPublications], [true, false]);
  const live = await stage.publishNumbers(channel, 1, 4);
  await heard.until("publication", 4);
  assertEquals(heard.values(), [...before, ...live]);
}

async function recoversMuch(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const client = await stage.connect();
  const { heard } = await stage.subscribe(client, channel);
  await stage.leave(client, channel);
  const text = "x".repeat(1_000);
  const values = range(900).map((n) => ({ n, text }));
  for (const start of range(18).map((page) => 50 * page)) {
    await stage.publishTogether(channel, values.slice(start, start + 50));
  }
  client.connect();
  assertEquals((await heard.until("subscribed", 2)).recovered, true);
  await heard.until("publication", 900);
  assertEquals(heard.values(), values);
}

async function recoversMoreThanItsQueue(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const client = await stage.connect();
  const { heard } = await stage.subscribe(client, channel);
  await stage.leave(client, channel);
  const values = range(40).map((n) => ({ n, text: "y".repeat(60_000) }));
  await stage.publish(channel, values);
  client.connect();
  assertEquals((await heard.until("subscribed", 2)).recovered, true);
  await heard.until("publication", 40);
  await stage.publish(channel, ["live"]);
  await heard.until("publication", 41);
  assertEquals(heard.values(), [...values, "live"]);
  assertEquals(heard.of("subscribed").length, 2);
}

async function startsSince(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const values = await stage.publishNumbers(channel, 5);
  const { epoch } = await topOf(stage, channel);
  const client = await stage.connect();
  const { heard } = await stage.subscribe(client, channel, { since: { offset: 2, epoch } });
  await heard.until("publication", 3);
  const [subscribed] = heard.of("subscribed");
  assertEquals([subscribed?.wasRecovering, subscribed?.recovered], [true, true]);
  assertEquals(heard.values(), values.slice(2));
}

async function isToldOfALoss(stage: ClientStage): Promise<void> {
  const channel = stage.name("small:");
  await stage.publishNumbers(channel, 5);
  const { epoch } = await topOf(stage, channel);
  const client = await stage.connect();
  for (const since of [{ offset: 2, epoch }, { offset: 5, epoch: "other" }, { offset: 9, epoch }]) {
    const { heard, subscription } = await stage.subscribe(client, channel, { since });
    const [subscribed] = heard.of("subscribed");
    assertEquals([subscribed?.wasRecovering, subscribed?.recovered], [true, false]);
    assertEquals(subscribed?.streamPosition?.epoch, epoch);
    await stage.publish(channel, ["live"]);
    await heard.until("publication");
    assertEquals(heard.values(), ["live"]);
    subscription.unsubscribe();
    client.removeSubscription(subscription);
  }
  const { heard, back } = await missing(stage, { missed: 3, prefix: "small:" });
  assertEquals([back.wasRecovering, back.recovered, heard.values().length], [true, false, 3]);
}

async function readsStateAnew(stage: ClientStage): Promise<void> {
  const channel = stage.name("small:");
  await stage.publishNumbers(channel, 3);
  const states: number[] = [];
  const getState = async () => {
    const top = await topOf(stage, channel);
    states.push(top.offset);
    // What comes between the state and the subscription must not be lost.
    await stage.publish(channel, ["between"]);
    return top;
  };
  const client = await stage.connect();
  const { heard } = await stage.subscribe(client, channel, { getState, minResubscribeDelay: 20 });
  await heard.until("publication", 1);
  await stage.leave(client, channel);
  await stage.publishNumbers(channel, 2, 10);
  client.connect();
  await heard.until("publication", 3);
  assertEquals(states, [3]);
  await stage.leave(client, channel);
  await stage.publishNumbers(channel, 3, 20);
  client.connect();
  await heard.until("publication", 4);
  // Error 112 has made it read the state again.
  assertEquals(states, [3, 9]);
  assertEquals(heard.values(), ["between", { n: 10 }, { n: 11 }, "between"]);
  assertEquals(heard.of("subscribed").map(({ recovered }) => recovered), [true, true, true]);
  assertEquals(heard.of("unsubscribed"), []);
}

async function isGivenWhatItAsksFor(stage: ClientStage): Promise<void> {
  const client = await stage.connect();
  const terms = async (prefix: string, options: Partial<SubscriptionOptions>) => {
    const { heard } = await stage.subscribe(client, stage.name(prefix), options);
    const { recoverable, positioned, streamPosition } = heard.of("subscribed")[0]!;
    return [recoverable, positioned, streamPosition !== undefined];
  };
  assertEquals(await terms("asking:", {}), [false, false, false]);
  assertEquals(await terms("asking:", { positioned: true }), [false, true, true]);
  assertEquals(await terms("asking:", { recoverable: true }), [true, true, true]);
  assertEquals(await terms("", {}), [true, true, true]);
  const nothing = { positioned: true, recoverable: true, joinLeave: true };
  assertEquals(await terms("bare:", nothing), [false, false, false]);
}

async function recoversTheNewest(stage: ClientStage): Promise<void> {
  const { channel, client, heard, back } = await missing(stage, { missed: 4, prefix: "cache:" });
  assertEquals([back.wasRecovering, back.recovered], [true, true]);
  await stage.publishNumbers(channel, 1, 8);
  await heard.until("publication", 5);
  assertEquals(heard.values(), [1, 2, 3, 7, 8].map((n) => ({ n })));
  client.disconnect();
  client.connect();
  assertEquals((await heard.until("subscribed", 3)).recovered, true);
  const since = { offset: 0, epoch: "" };
  const late = await stage.subscribe(await stage.connect(), channel, { since });
  await late.heard.until("publication");
  const none = await stage.subscribe(client, stage.name("cache:"), { since });
  assertEquals(none.heard.of("subscribed")[0]?.recovered, false);
  await stage.publishNumbers(channel, 1, 9);
  await Promise.all([heard.until("publication", 6), late.heard.until("publication", 2)]);
  assertEquals(heard.values().slice(5), [{ n: 9 }]);
  assertEquals(late.heard.values(), [{ n: 8 }, { n: 9 }]);
}

async function survivesCuts(stage: ClientStage): Promise<void> {
  using relay = new Relay(stage.server.port);
  const channel = stage.name();
  const publisher = await stage.connect();
  const client = await stage.connect({ timeout: 2_000 }, relay.port);
  const ofClient = hearClient(client);
  const { heard } = await stage.subscribe(client, channel);
  const values = range(1_000).map((n) => ({ n, text: "x".repeat(n % 500) }));
  let published = 0;
  const publishing = (async () => {
    for (const value of values) {
      await publisher.publish(channel, stage.pack(value));
      published += 1;
    }
  })();
  for (const cut of range(6)) {
    const goal = 150 * (cut + 1);
    await waitFor(() => published >= goal, { deadlineMs: 20_000, what: `${goal} publications` });
    relay.cut();
    await ofClient.until("connected", cut + 1, 20_000);
  }
  await publishing;
  await heard.until("publication", values.length, 20_000);
  assertEquals(heard.values(), values);
  const subscribed = heard.of("subscribed");
  assert(subscribed.length > 6, `it subscribed only ${subscribed.length} times`);
  assert(subscribed.slice(1).every(({ recovered }) => recovered), `${heard}`);
}

async function pages(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const client = await stage.connect();
  const { epoch } = await topOf(stage, channel);
  await stage.publishNumbers(channel, 10);
  const offsets = async (options: Parameters<typeof client.history>[1]) => {
    const { publications, offset } = await client.history(channel, options);
    assertEquals(offset, 10);
    return publications.map((publication) => publication.offset);
  };
  assertEquals(await offsets({}), []);
  assertEquals(await offsets({ limit: 3 }), [1, 2, 3]);
  assertEquals(await offsets({ limit: -1 }), range(10).map((n) => n + 1));
  assertEquals(await offsets({ limit: 3, reverse: true }), [10, 9, 8]);
  assertEquals(await offsets({ limit: 3, since: { offset: 4, epoch } }), [5, 6, 7]);
  assertEquals(await offsets({ limit: 9, since: { offset: 8, epoch } }), [9, 10]);
  assertEquals(await offsets({ limit: 2, since: { offset: 4, epoch }, reverse: true }), [3, 2]);
  assertEquals(await offsets({ limit: 2, since: { offset: 10, epoch } }), []);
  const code = (options: Parameters<typeof client.history>[1]) =>
    client.history(channel, options).then(() => 0, ({ code }) => code);
  assertEquals(await code({ limit: 2, since: { offset: 4, epoch: "other" } }), 112);
  assertEquals(await code({ limit: 2, since: { offset: 0, epoch }, reverse: true }), 107);
}

clientSuite("Centrifuge client that was away", {
  "recovers what it missed, once and in order": recovers,
  "recovers though it missed nothing": recoversNothing,
  "recovers more than Centrifugo would": recoversMuch,
  "recovers 2 MB though 1 MiB may wait for it": recoversMoreThanItsQueue,
  "begins after the position it names": startsSince,
  "is told that its position is lost, and goes on": isToldOfALoss,
  "reads its state anew when its position is lost": readsStateAnew,
  "is positioned and recovered as it asks": isGivenWhatItAsksFor,
  "recovers the newest publication of a cache": recoversTheNewest,
  "has neither gap nor repeat when it is cut off again and again": survivesCuts,
  "reads history from either end": pages,
});
