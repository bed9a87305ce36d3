import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Centrifuge } from "centrifuge";
import type { ClientStage } from "../helpers/client_stage.ts";
import { clientSuite } from "../helpers/client_suite.ts";
import { abortableFetch, unpacked } from "../helpers/client_way.ts";
import { hearClient } from "../helpers/heard.ts";
import { range, waitFor } from "../helpers/wait.ts";

/** The code of the error that a call ends with. */
async function codeOf(call: Promise<unknown>): Promise<number> {
  const error: unknown = await call.then(() => ({ code: 0 }), (error) => error);
  return (error as { code: number }).code;
}

async function connects(stage: ClientStage): Promise<void> {
  const client = stage.client({ token: await stage.token({ sub: "42" }) });
  const heard = hearClient(client);
  client.connect();
  const connected = await heard.until("connected");
  assertEquals(connected.transport, stage.way.transport);
  assert(connected.client.length > 0, "the client has no id");
  client.disconnect();
  assertEquals((await heard.until("disconnected")).code, 0);
  client.connect();
  const again = await heard.until("connected", 2);
  assert(again.client !== connected.client, "a new connection has the id of the old one");
  assertEquals(heard.of("error"), []);
}

async function publishes(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const info = { name: "Þór" };
  const publisher = await stage.connect({ user: "42", info });
  const other = await stage.connect();
  const own = await stage.subscribe(publisher, channel);
  const others = await stage.subscribe(other, channel);
  const values = [{ text: "été \n \u2028 😀" }, "text", 7.5, [1, [2]], null, { deep: { er: {} } }];
  for (const value of values) await own.subscription.publish(stage.pack(value));
  await publisher.publish(channel, stage.pack("past the subscription"));
  for (const { heard } of [own, others]) {
    await heard.until("publication", values.length + 1);
    assertEquals(heard.values(), [...values, "past the subscription"]);
    const publications = heard.of("publication");
    assertEquals(publications.map(({ offset }) => offset), range(values.length + 1).map(oneMore));
    for (const publication of publications) {
      assertEquals(publication.info?.user, "42");
      assertEquals(unpacked(publication.info?.connInfo), info);
    }
    const ids = new Set(publications.map((each) => each.info?.client));
    assertEquals([...ids].length, 1);
  }
}

function oneMore(number: number): number {
  return number + 1;
}

async function hearsTheApi(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const { heard } = await stage.subscribe(await stage.connect(), channel);
  await stage.api("publish", { channel, data: { a: 1 }, tags: { colour: "red" } });
  await stage.api("broadcast", { channels: [channel, stage.name()], data: { a: 2 } });
  const publication = await heard.until("publication", 2);
  assertEquals(heard.values(), [{ a: 1 }, { a: 2 }]);
  assertEquals(heard.of("publication")[0]?.tags, { colour: "red" });
  assertEquals(publication.info, undefined);
}

async function seesWhoIsThere(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const info = { name: "Freyja" };
  const clients = await Promise.all(
    [{ user: "1", info }, { user: "2" }, { user: "2" }].map((who) => stage.connect(who)),
  );
  const [first] = clients as [Centrifuge];
  for (const client of clients) await stage.subscribe(client, channel);
  const { clients: present } = await first.presence(channel);
  assertEquals(Object.values(present).map(({ user }) => user).sort(), ["1", "2", "2"]);
  for (const [id, about] of Object.entries(present)) assertEquals(about.client, id);
  const one = Object.values(present).find(({ user }) => user === "1");
  assertEquals(unpacked(one?.connInfo), info);
  assertEquals(await first.presenceStats(channel), { numClients: 3, numUsers: 2 });
  clients[1]!.disconnect();
  clients[2]!.getSubscription(channel)!.unsubscribe();
  await waitFor(async () => (await first.presenceStats(channel)).numClients === 1, {
    what: "those who left not to be there",
  });
  assertEquals(await first.presenceStats(stage.name()), { numClients: 0, numUsers: 0 });
  assertEquals((await first.presence(stage.name())).clients, {});
}

async function hearsWhoComesAndGoes(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const watcher = await stage.connect({ user: "watcher" });
  const { heard } = await stage.subscribe(watcher, channel, { joinLeave: true });
  const deaf = await stage.subscribe(await stage.connect({ user: "deaf" }), channel);
  const info = { name: "Loki" };
  const guest = await stage.connect({ user: "guest", info });
  const { subscription } = await stage.subscribe(guest, channel);
  await heard.until("join", 3);
  subscription.unsubscribe();
  await heard.until("leave", 1);
  subscription.subscribe();
  await heard.until("join", 4);
  await guest.send(stage.pack("what ends the connection"));
  await heard.until("leave", 2);
  assertEquals(
    heard.of("join").map(({ info }) => info.user),
    ["watcher", "deaf", "guest", "guest"],
  );
  for (const { info: about } of [...heard.of("join").slice(2), ...heard.of("leave")]) {
    assertEquals([about.user, unpacked(about.connInfo)], ["guest", info]);
  }
  assertEquals([deaf.heard.of("join"), deaf.heard.of("leave")], [[], []]);
}

async function isRefused(stage: ClientStage): Promise<void> {
  const client = await stage.connect();
  assertEquals(await codeOf(client.rpc("anything", stage.pack({}))), 108);
  assertEquals(await codeOf(client.presence("bare:channel")), 108);
  assertEquals(await codeOf(client.history("bare:channel", { limit: 1 })), 108);
  assertEquals(await codeOf(client.publish("unknown:channel", stage.pack(1))), 102);
  assertEquals(await codeOf(client.publish("closed:channel", stage.pack(1))), 103);
  assertEquals(await codeOf(client.presence("closed:channel")), 103);
  assertEquals(client.state, "connected");
  const names = ["unknown:channel", "closed:channel", "$private", "a space"];
  const codes = await Promise.all(names.map(async (name) => {
    const subscription = client.newSubscription(name);
    const ended = new Promise<number>((resolve) =>
      subscription.once("unsubscribed", ({ code }) => resolve(code))
    );
    subscription.subscribe();
    return await ended;
  }));
  assertEquals(codes, [102, 103, 103, 107]);
  assertEquals(client.state, "connected");
}

async function mayNotSend(stage: ClientStage): Promise<void> {
  const client = await stage.connect();
  const heard = hearClient(client);
  await client.send(stage.pack({ a: 1 }));
  assertEquals((await heard.until("disconnected")).code, 3508);
  assertEquals(heard.of("connecting"), []);
}

/** A WebSocket ends for good, as the client takes it; a stream comes back without the command. */
async function isTooLarge(stage: ClientStage): Promise<void> {
  const client = await stage.connect();
  const heard = hearClient(client);
  await assertRejects(() => client.publish(stage.name(), stage.pack("x".repeat(70_000))));
  if (stage.way.transport === "websocket") {
    assertEquals((await heard.until("disconnected")).code, 3);
  } else {
    assertEquals((await heard.until("connecting")).code, 1009);
    await heard.until("connected");
  }
}

/** A WebSocket and a `fetch` that count what is sent by them. */
function countingOptions() {
  const counts = { sent: 0 };
  const websocket = class extends WebSocket {
    override send(data: string | BufferSource | Blob): void {
      counts.sent += 1;
      super.send(data);
    }
  };
  const counting = (url: string, init?: RequestInit) => {
    if (url.endsWith("/emulation")) counts.sent += 1;
    return abortableFetch(url, init);
  };
  return { counts, options: { websocket, fetch: counting } };
}

async function batches(stage: ClientStage): Promise<void> {
  const channel = stage.name();
  const { counts, options } = countingOptions();
  const client = await stage.connect(options);
  const { heard } = await stage.subscribe(client, channel);
  counts.sent = 0;
  client.startBatching();
  const calls = [
    ...range(20).map((n) => client.publish(channel, stage.pack({ n }))),
    client.presenceStats(channel),
    client.history(channel, { limit: 100 }),
    client.presence(channel),
  ];
  const refused = assertRejects(() => client.rpc("none", stage.pack(1)));
  client.stopBatching();
  await Promise.all([...calls, refused]);
  await heard.until("publication", 20);
  assertEquals(heard.values(), range(20).map((n) => ({ n })));
  assertEquals(counts.sent, 1);
}

clientSuite("Centrifuge client", {
  "connects, disconnects and connects again": connects,
  "hears its own publications and who made them": publishes,
  "hears what the server API publishes": hearsTheApi,
  "sees who is there": seesWhoIsThere,
  "hears who comes and goes if it asks": hearsWhoComesAndGoes,
  "is told by a code what it may not do": isRefused,
  "is disconnected with 3508 when it sends": mayNotSend,
  "is told when it sends more than 64 KiB at once": isTooLarge,
  "may send many commands in one frame": batches,
});
