import { assert, assertEquals } from "@std/assert";
import type { ClientStage } from "../helpers/client_stage.ts";
import { clientSuite } from "../helpers/client_suite.ts";
import { unpacked } from "../helpers/client_way.ts";
import { hearClient } from "../helpers/heard.ts";
import { waitFor } from "../helpers/wait.ts";

/** A connected client of a user of its own, and what it has told since it was made. */
async function hearing(stage: ClientStage, claims: Record<string, unknown> = {}) {
  const user = stage.name();
  const client = stage.client({ token: await stage.token({ sub: user, ...claims }) });
  const heard = hearClient(client);
  client.connect();
  await heard.until("connected");
  return { user, client, heard };
}

async function hasTheChannelsOfItsToken(stage: ClientStage): Promise<void> {
  const open = stage.name();
  const channels = [open, stage.name("closed:")];
  const { client, heard } = await hearing(stage, { channels });
  await heard.until("subscribed", 2);
  assertEquals(heard.of("subscribed").map(({ channel }) => channel).sort(), channels.toSorted());
  for (const channel of channels) await stage.publish(channel, [{ in: channel }]);
  await heard.until("publication", 2);
  for (const channel of channels) {
    assertEquals(heard.values(channel), [{ in: channel }]);
    assertEquals(await stage.present(channel), [1, 1]);
  }
  await client.publish(open, stage.pack("by itself"));
  await heard.until("publication", 3);
  client.disconnect();
  for (const channel of channels) {
    await waitFor(async () => (await stage.present(channel))[0] === 0, { what: "it to be gone" });
  }
}

async function recoversThem(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const token = { subs: { [channel]: { info: { seat: 3 }, data: { hello: "there" } } } };
  const { user, client, heard } = await hearing(stage, token);
  const before = await stage.publishNumbers(channel, 3);
  await heard.until("publication", 3);
  await stage.leave(client, channel);
  const away = await stage.publishNumbers(channel, 4, 4);
  client.connect();
  const back = await heard.until("subscribed", 2);
  assertEquals([back.wasRecovering, back.recovered], [true, true]);
  assertEquals(unpacked(back.data), { hello: "there" });
  const live = await stage.publishNumbers(channel, 2, 8);
  await heard.until("publication", 9);
  assertEquals(heard.values(channel), [...before, ...away, ...live]);
  const { presence } = await stage.api<{ presence: Record<string, unknown> }>("presence", {
    channel,
  });
  const [present] = Object.values(presence) as { user: string; chan_info: unknown }[];
  assertEquals([present?.user, present?.chan_info], [user, { seat: 3 }]);
}

async function isToldOfALoss(stage: ClientStage): Promise<void> {
  const channel = stage.name("small:");
  const { client, heard } = await hearing(stage, { channels: [channel] });
  await stage.publishNumbers(channel, 1);
  await heard.until("publication", 1);
  await stage.leave(client, channel);
  await stage.publishNumbers(channel, 3, 2);
  client.connect();
  const back = await heard.until("subscribed", 2);
  assertEquals([back.wasRecovering, back.recovered], [true, false]);
  await stage.publishNumbers(channel, 1, 5);
  await heard.until("publication", 2);
  assertEquals(heard.values(), [{ n: 1 }, { n: 5 }]);
}

async function isSubscribedByTheApi(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const { user, client, heard } = await hearing(stage);
  await stage.api("subscribe", { user, channel, info: { seat: 4 }, data: { hello: "there" } });
  const subscribed = await heard.until("subscribed");
  assertEquals([subscribed.channel, unpacked(subscribed.data)], [channel, { hello: "there" }]);
  const before = await stage.publishNumbers(channel, 2);
  await heard.until("publication", 2);
  // The server forgets whom it has subscribed by the API; the caller knows the position.
  const position = await stage.api("history", { channel });
  await stage.leave(client, channel);
  const away = await stage.publishNumbers(channel, 3, 3);
  client.connect();
  await heard.until("unsubscribed");
  await heard.until("connected", 2);
  await stage.api("subscribe", { user, channel, recover_since: position });
  const live = await stage.publishNumbers(channel, 1, 6);
  await heard.until("publication", 6);
  assertEquals(heard.values(), [...before, ...away, ...live]);
  await stage.api("unsubscribe", { user, channel });
  assertEquals((await heard.until("unsubscribed", 2)).channel, channel);
  await stage.publish(channel, ["unheard"]);
  assertEquals([heard.values().length, client.state], [6, "connected"]);
  assertEquals(await stage.present(channel), [0, 0]);
}

async function isUnsubscribed(stage: ClientStage): Promise<void> {
  const [channel, other] = [stage.name(), stage.name()];
  const user = stage.name();
  const client = await stage.connect({ user });
  const { heard, subscription } = await stage.subscribe(client, channel);
  const untouched = await stage.subscribe(client, other);
  await stage.api("unsubscribe", { user, channel });
  const { code, reason } = await heard.until("unsubscribed");
  assertEquals([code, reason], [2000, "server unsubscribe"]);
  assertEquals([subscription.state, untouched.subscription.state], ["unsubscribed", "subscribed"]);
  assertEquals(await stage.present(channel), [0, 0]);
  await stage.publish(channel, [1]);
  subscription.subscribe();
  await heard.until("subscribed", 2);
  // It goes on where it was when it comes back by itself.
  await heard.until("publication", 1);
  await stage.api("unsubscribe", { user, channel: "" });
  await heard.until("unsubscribed", 2);
  await untouched.heard.until("unsubscribed");
}

async function isDisconnected(stage: ClientStage): Promise<void> {
  const { user, heard } = await hearing(stage);
  await stage.api("disconnect", { user });
  const { code, reason } = await heard.until("disconnected");
  assertEquals([code, reason], [3503, "force disconnect"]);
  const own = await hearing(stage);
  const disconnect = { code: 4501, reason: "you are banned" };
  await stage.api("disconnect", { user: own.user, disconnect });
  const told = await own.heard.until("disconnected");
  assertEquals({ code: told.code, reason: told.reason }, disconnect);
  for (const { of } of [heard, own.heard].map((each) => ({ of: each.of("connecting") }))) {
    assertEquals(of.length, 1);
  }
}

async function isSentAwayToComeBack(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const { user, client, heard } = await hearing(stage);
  const { heard: ofChannel } = await stage.subscribe(client, channel);
  const first = heard.of("connected")[0]!.client;
  const disconnect = { code: 4001, reason: "come back" };
  await stage.api("disconnect", { user, disconnect });
  await stage.publish(channel, ["in between"]);
  const { code, reason } = await heard.until("connecting", 2);
  assertEquals({ code, reason }, disconnect);
  assert((await heard.until("connected", 2)).client !== first, "it has the old id");
  await ofChannel.until("publication");
  assertEquals(ofChannel.values(), ["in between"]);
  await stage.api("refresh", { user, expired: true });
  assertEquals((await heard.until("connecting", 3)).code, 3005);
  await heard.until("connected", 3);
  assertEquals(heard.of("disconnected"), []);
}

async function isOneOfAUsers(stage: ClientStage): Promise<void> {
  const user = stage.name();
  const clients = await Promise.all([1, 2, 3].map(() => stage.connect({ user })));
  const heard = clients.map((client) => hearClient(client));
  const ids = await Promise.all(clients.map(async (client) => {
    const channel = stage.name();
    await stage.subscribe(client, channel);
    const { presence } = await stage.api<{ presence: object }>("presence", { channel });
    return Object.keys(presence)[0]!;
  }));
  await stage.api("disconnect", { user, client: ids[0] });
  await heard[0]!.until("disconnected");
  assertEquals(clients.map(({ state }) => state), ["disconnected", "connected", "connected"]);
  await stage.api("disconnect", { user, whitelist: [ids[2]] });
  await heard[1]!.until("disconnected");
  assertEquals(clients[2]!.state, "connected");
  await stage.api("disconnect", { user: stage.name() });
  await clients[2]!.presenceStats(stage.name());
}

clientSuite("Centrifuge client that the server leads", {
  "is subscribed to the channels of its token": hasTheChannelsOfItsToken,
  "recovers the channels of its token": recoversThem,
  "is told that it lost its place in one of them": isToldOfALoss,
  "is subscribed and unsubscribed by the server API": isSubscribedByTheApi,
  "is unsubscribed with 2000 from what it chose itself": isUnsubscribed,
  "is disconnected for good": isDisconnected,
  "is sent away and comes back without a gap": isSentAwayToComeBack,
  "is told apart from the others of its user": isOneOfAUsers,
});
