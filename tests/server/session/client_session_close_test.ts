import { assertEquals } from "@std/assert";
import { turns } from "../../lifecycle/fake_clock.ts";
import { publish, upTo } from "../hub/recorder.ts";
import type { Peer } from "./client_room.ts";
import { ClientRoom } from "./client_room.ts";

const SHUTDOWN = "close 3001 shutdown";
const PUBLISH = { publish: { channel: "a", data: 1 } };

/** How many publications of clients were stored. */
function stored(room: ClientRoom): number {
  return room.log.batches.flat().length;
}

Deno.test("ClientSession that is not open yet is closed in its open", async () => {
  using room = new ClientRoom();
  const peer = room.connecting();
  room.drain("flush");
  assertEquals(peer.socket.wire, []);
  peer.socket.onopen();
  assertEquals(await peer.news(), [SHUTDOWN]);
  peer.socket.end();
  assertEquals(room.outcomes, ["clean"]);
});

Deno.test("ClientSession that is closed in its open takes what was on its way", async () => {
  using room = new ClientRoom();
  const peer = room.connecting();
  room.drain("flush");
  peer.socket.onopen();
  peer.send({ connect: {} }, PUBLISH);
  peer.send(PUBLISH);
  assertEquals(await peer.news(), [SHUTDOWN]);
  assertEquals([stored(room), room.environment.clients.size, room.wheel.size], [2, 0, 0]);
});

Deno.test("ClientSession that is closed in its open takes what comes behind a token", async () => {
  using room = new ClientRoom();
  const personalChannel = { isEnabled: true, namespace: "", isSingleConnection: true };
  const settings = room.environment.settings();
  Object.assign(settings.client, { personalChannel });
  const there = await room.connectedAs("42");
  const peer = room.connecting();
  for (const connection of room.registry.beginDrain(room).slice(1)) connection.close("flush");
  peer.socket.onopen();
  peer.send({ connect: { token: room.verifier.connectionTo({ b: {} }) } }, PUBLISH);
  assertEquals([await peer.news(), await there.news()], [[SHUTDOWN], []]);
  assertEquals([stored(room), room.environment.clients.size], [1, 1]);
});

Deno.test("ClientSession closes behind everything that was published before", async () => {
  using room = new ClientRoom();
  const peers = await Promise.all(upTo(20).map(() => room.subscribed({ channel: "a" })));
  await Promise.all(peers.map((peer) => peer.news()));
  const publications = upTo(50).map(() => PUBLISH);
  peers[0]?.send(...publications);
  room.drain("flush");
  await turns(200);
  for (const [index, peer] of peers.entries()) {
    const news = await peer.news();
    assertEquals([news.length, news.at(-1)], [index === 0 ? 101 : 51, SHUTDOWN]);
  }
});

Deno.test("ClientSession answers before it closes what it was asked before", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const disk = Promise.withResolvers<void>();
  room.log.gate = disk.promise;
  peer.send(PUBLISH, { presence_stats: { channel: "a" } });
  room.drain("flush");
  const early = await peer.news();
  assertEquals(early.map(({ id }) => id), [3]);
  disk.resolve();
  assertEquals(await peer.news(), [{ id: 2, publish: {} }, SHUTDOWN]);
});

Deno.test("ClientSession closes at once in a hurry, with one Close", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  room.log.gate = new Promise(() => {});
  peer.send(PUBLISH);
  room.drain("flush");
  assertEquals(await peer.news(), []);
  room.drain("hurry", "hurry", "flush");
  assertEquals(await peer.news(), [SHUTDOWN]);
});

Deno.test("ClientSession that is leaving and proves too slow is told why it had to leave", async () => {
  using room = new ClientRoom({ client: { queueMaxSize: 1_000 } });
  const peer = await room.subscribed({ channel: "a" });
  peer.socket.bufferedAmount = 1_001;
  room.hub.publish({ channel: "a", payload: { kind: "text", text: "x".repeat(2_000) } });
  room.drain("flush");
  assertEquals((await peer.news()).at(-1), SHUTDOWN);
});

/** Ways in which a subscription ends on its own. */
const ENDS: Readonly<Record<string, (room: ClientRoom, peer: Peer) => void>> = {
  "an unsubscribe": (_, peer) => peer.send({ unsubscribe: { channel: "a" } }),
  "a subscription that the server ends": ({ client }) => {
    for (const subscription of client.subscriptions.values()) client.drop(subscription);
  },
};

for (const [what, end] of Object.entries(ENDS)) {
  Deno.test(`ClientSession that is leaving does not wait for ever after ${what}`, async () => {
    using room = new ClientRoom();
    const peer = await room.subscribed({ channel: "a" });
    const disk = Promise.withResolvers<void>();
    room.log.gate = disk.promise;
    peer.send(PUBLISH);
    room.drain("flush");
    end(room, peer);
    disk.resolve();
    assertEquals((await peer.news()).at(-1), SHUTDOWN);
  });
}

Deno.test("ClientSession that is leaving does not wait for a recovery: it can be resumed", async () => {
  using room = new ClientRoom();
  await publish(room.hub, "a", [1]);
  const peer = await room.connected();
  room.log.read = () => new Promise(() => {});
  peer.send(...["a", "b"].map((channel) => ({ subscribe: { channel, recover: true } })));
  await peer.news();
  room.drain("flush");
  assertEquals(await peer.news(), [SHUTDOWN]);
  assertEquals([room.present(), room.hub.channels()], [0, []]);
});

Deno.test("ClientSession that is leaving is closed once, with recoveries that go on", async () => {
  using room = new ClientRoom();
  await publish(room.hub, "a", [1]);
  const peer = await room.connected();
  const disk = Promise.withResolvers<void>();
  room.log.gate = disk.promise;
  peer.send(PUBLISH, { subscribe: { channel: "a", recover: true } });
  room.drain("flush");
  const [{ id }] = await peer.news();
  disk.resolve();
  const rest = await peer.news();
  assertEquals([id, rest.map((each) => each.id ?? each)], [3, [2, SHUTDOWN]]);
  assertEquals([room.present(), room.hub.channels()], [0, []]);
});

Deno.test("ClientSession takes while it is closing what the peer had sent before it knew", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  room.drain("hurry");
  peer.send(PUBLISH, PUBLISH);
  peer.send(PUBLISH);
  assertEquals([await peer.news(), stored(room)], [[SHUTDOWN], 3]);
});

Deno.test("ClientSession takes while it is closing what only a subscriber may publish", async () => {
  using room = new ClientRoom({ channel: { allowPublishForClient: false } });
  const info = '{"name":"Ada"}';
  const grant = room.verifier.subscription({ channel: "a", grant: { info } });
  const peer = await room.subscribed({ channel: "a", token: grant });
  room.drain("hurry");
  peer.send(PUBLISH);
  await peer.news();
  assertEquals(room.log.batches.flat().map((draft) => draft.info?.chanInfo), [info]);
  peer.send({ unsubscribe: { channel: "a" } }, PUBLISH);
  await peer.news();
  assertEquals(stored(room), 1);
});

Deno.test("ClientSession sends nothing behind its Close", async () => {
  using room = new ClientRoom();
  const read = Promise.withResolvers<void>();
  const { log } = room;
  const tops = log.tops.bind(log);
  log.tops = async (channels) => {
    await read.promise;
    return await tops(channels);
  };
  const peer = room.open();
  peer.send({ connect: { token: room.verifier.connectionTo({ a: {} }) } });
  await peer.news();
  room.drain("hurry");
  read.resolve();
  assertEquals(await peer.news(), [SHUTDOWN]);
});

Deno.test("ClientSession sends no publication of a subscription that was not told of", async () => {
  using room = new ClientRoom({ namespaces: { live: { historySize: 0 }, kept: {} } });
  const { log } = room;
  log.tops = () => new Promise(() => {});
  const peer = room.open();
  const token = room.verifier.connectionTo({ "live:a": {}, "kept:a": {} });
  peer.send({ connect: { token } });
  await peer.news();
  await publish(room.hub, "live:a", [1]);
  assertEquals(await peer.news(), []);
  room.drain("hurry");
  assertEquals(await peer.news(), [SHUTDOWN]);
});
