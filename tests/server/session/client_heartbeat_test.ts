import { assert, assertEquals } from "@std/assert";
import { upTo } from "../hub/recorder.ts";
import type { Peer } from "./client_room.ts";
import { ClientRoom } from "./client_room.ts";

/** Pings among what each peer has got since the last time. */
async function pings(...peers: readonly Peer[]): Promise<number[]> {
  const news = await Promise.all(peers.map((peer) => peer.news()));
  return news.map((messages) => messages.filter((each) => JSON.stringify(each) === "{}").length);
}

/** A connected client that has got its first ping, at some time within the last 12.5 seconds. */
async function pinged(room: ClientRoom): Promise<Peer> {
  const peer = await room.connected();
  room.advance(12_400);
  while ((await pings(peer))[0] === 0) room.advance(100);
  return peer;
}

Deno.test("ClientHeartbeat sends the first ping after half of the interval to all of it", async () => {
  using room = new ClientRoom();
  const peers = await Promise.all(upTo(100).map(() => room.connected()));
  room.advance(12_400);
  assertEquals(await pings(...peers), peers.map(() => 0));
  room.advance(6_100);
  const early = (await pings(...peers)).filter((count) => count === 1).length;
  assert(early > 0 && early < 100, `${early} of 100 pings in the first half of their time`);
  room.advance(6_600);
  const late = (await pings(...peers)).filter((count) => count === 1).length;
  assertEquals(early + late, 100);
});

Deno.test("ClientHeartbeat pings once in each interval who answers", async () => {
  using room = new ClientRoom();
  const peer = await pinged(room);
  for (const _ of upTo(5)) {
    peer.send({});
    room.advance(24_900);
    assertEquals(await pings(peer), [0]);
    room.advance(100);
    assertEquals(await pings(peer), [1]);
  }
});

Deno.test("ClientHeartbeat ends with 3012 who does not answer in time", async () => {
  using room = new ClientRoom();
  const peer = await pinged(room);
  room.advance(7_900);
  assertEquals(await peer.news(), []);
  room.advance(200);
  assertEquals(await peer.news(), ["close 3012 no pong"]);
});

Deno.test("ClientHeartbeat takes no other command for an answer", async () => {
  using room = new ClientRoom();
  const peer = await pinged(room);
  peer.send({ presence: { channel: "a" } });
  room.advance(8_100);
  assertEquals((await peer.news()).at(-1), "close 3012 no pong");
});

Deno.test("ClientHeartbeat ends with 3501 who answers without having been asked", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  assertEquals(await peer.ask({}), ["close 3501 bad request"]);
});

Deno.test("ClientHeartbeat ends with 3501 who answers twice", async () => {
  using room = new ClientRoom();
  const peer = await pinged(room);
  assertEquals(await peer.ask({}, {}), ["close 3501 bad request"]);
});

Deno.test("ClientHeartbeat takes a command without an id for an answer", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  assertEquals(await peer.ask({ id: 0, presence: { channel: "a" } }), ["close 3501 bad request"]);
});

Deno.test("ClientHeartbeat leaves it to the platform where there are no pings", async () => {
  using room = new ClientRoom();
  const peer = room.open({ hasPings: false });
  const [{ connect }] = await peer.ask({ connect: {} });
  assertEquals([connect.ping, connect.pong], [undefined, undefined]);
  room.advance(100_000);
  assertEquals(await peer.news(), []);
});
