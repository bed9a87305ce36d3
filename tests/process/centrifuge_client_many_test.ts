import { assertEquals } from "@std/assert";
import type { ClientStage } from "../helpers/client_stage.ts";
import { clientSuite } from "../helpers/client_suite.ts";
import { hearClient, hearSubscription } from "../helpers/heard.ts";
import { inParallel, range, waitFor } from "../helpers/wait.ts";

const CHANNEL_LIMIT = 128;
const CROWD = 40;
const TIMES = 100;

async function nobodyIn(stage: ClientStage, channel: string): Promise<void> {
  await waitFor(async () => (await stage.present(channel))[0] === 0, {
    what: "nobody to be there",
  });
}

async function hasManyChannels(stage: ClientStage): Promise<void> {
  const client = await stage.connect();
  const channels = range(CHANNEL_LIMIT).map((n) => stage.name(`${n}-`));
  const all = await Promise.all(channels.map((channel) => stage.subscribe(client, channel)));
  const tooMany = client.newSubscription(stage.name());
  const heard = hearSubscription(tooMany);
  tooMany.subscribe();
  assertEquals((await heard.until("unsubscribed")).code, 106);
  assertEquals(client.state, "connected");
  await stage.api("broadcast", { channels, data: "for all" });
  await Promise.all(all.map((each) => each.heard.until("publication")));
  assertEquals(all.flatMap((each) => each.heard.values()), channels.map(() => "for all"));
  // There is room again for one.
  all[0]!.subscription.unsubscribe();
  await nobodyIn(stage, channels[0]!);
  tooMany.subscribe();
  await heard.until("subscribed");
  // All of them in one go, after a disconnect.
  client.disconnect();
  client.connect();
  await Promise.all(all.slice(1).map((each) => each.heard.until("subscribed", 2)));
  assertEquals(client.state, "connected");
}

async function subscribesInALoop(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const client = await stage.connect();
  const subscription = client.newSubscription(channel);
  const heard = hearSubscription(subscription);
  for (const time of range(TIMES)) {
    subscription.subscribe();
    if (time % 2 === 0) await subscription.ready(10_000);
    subscription.unsubscribe();
  }
  await nobodyIn(stage, channel);
  subscription.subscribe();
  await subscription.ready(10_000);
  assertEquals(await stage.present(channel), [1, 1]);
  await stage.publish(channel, ["after all that"]);
  await heard.until("publication");
  assertEquals([heard.of("error"), client.state], [[], "connected"]);
  subscription.unsubscribe();
  await nobodyIn(stage, channel);
}

async function connectsInALoop(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const client = stage.client({ token: await stage.token({ sub: "42" }) });
  const heard = hearClient(client);
  const subscription = client.newSubscription(channel);
  subscription.subscribe();
  for (const time of range(TIMES)) {
    client.connect();
    if (time % 4 === 0) await client.ready(10_000);
    if (time % 4 === 1) await subscription.ready(10_000);
    if (time % 4 === 2) await new Promise((resolve) => setTimeout(resolve, time % 10));
    client.disconnect();
  }
  await nobodyIn(stage, channel);
  client.connect();
  await subscription.ready(10_000);
  assertEquals(await stage.present(channel), [1, 1]);
  client.disconnect();
  await nobodyIn(stage, channel);
  assertEquals(heard.of("disconnected").every(({ code }) => code === 0), true);
}

async function isOneOfMany(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const users = range(CROWD).map((n) => `${stage.name()}-${n % 10}`);
  const crowd = await inParallel(users, async (user) => {
    const client = await stage.connect({ user });
    return { client, ...await stage.subscribe(client, channel) };
  }, 10);
  assertEquals(await stage.present(channel), [CROWD, CROWD]);
  await inParallel(crowd, async ({ subscription }, index = 0) => {
    await subscription.publish(stage.pack({ from: index }));
  }, CROWD);
  await Promise.all(crowd.map(({ heard }) => heard.until("publication", CROWD)));
  const [first] = crowd;
  for (const { heard } of crowd) {
    assertEquals(heard.values(), first!.heard.values());
    assertEquals(
      heard.of("publication").map(({ offset }) => offset),
      range(CROWD).map((n) => n + 1),
    );
  }
  for (const { client } of crowd) client.disconnect();
  await nobodyIn(stage, channel);
}

clientSuite("Centrifuge client", {
  "has 128 channels and is refused one more with 106": hasManyChannels,
  "subscribes and unsubscribes 100 times and leaves nothing": subscribesInALoop,
  "connects and disconnects 100 times and leaves nothing": connectsInALoop,
  "hears each of 40 others once and in the same order": isOneOfMany,
});
