import { assert, assertEquals } from "@std/assert";
import { FakeClock, turns } from "../../lifecycle/fake_clock.ts";
import type { Appended } from "../../../server/history/mod.ts";
import { handedOut, publish, ScriptedLog, upTo } from "../hub/recorder.ts";
import type { Message, Peer } from "./client_room.ts";
import { ClientRoom, holdReads } from "./client_room.ts";

/** Offsets of the publications in messages: those in answers first, then those that were pushed. */
function offsetsOf(messages: readonly Message[]): number[] {
  return messages.flatMap(({ subscribe, push }) =>
    [...subscribe?.publications ?? [], ...push?.pub ? [push.pub] : []].map(({ offset }) => offset)
  );
}

/** A position that the log of `a` has never had. */
function moved(offset: number, epoch = "another"): Appended {
  return { kind: "stored", position: { epoch, offset } };
}

Deno.test("ClientSubscription puts what comes while it is read into the answer, once", async () => {
  using room = new ClientRoom();
  await publish(room.hub, "a", [1, 2, 3]);
  const peer = await room.connected();
  const letGo = holdReads(room.log);
  peer.send({ subscribe: { channel: "a", recover: true, offset: 1 } });
  await handedOut();
  await publish(room.hub, "a", [4, 5]);
  await handedOut();
  assertEquals(peer.newsNow(), []);
  letGo();
  const news = await peer.news();
  await publish(room.hub, "a", [6]);
  assertEquals(offsetsOf([...news, ...await peer.news()]), [2, 3, 4, 5, 6]);
  assertEquals([news[0].subscribe.offset, news[0].subscribe.recovered], [1, true]);
});

for (const request of [{}, { recover: true, epoch: "another", offset: 2 }]) {
  const asked = JSON.stringify(request);
  Deno.test(`ClientSubscription leaves no gap behind the position that it tells for ${asked}`, async () => {
    using room = new ClientRoom();
    await publish(room.hub, "a", [1, 2, 3]);
    const peer = await room.connected();
    const letGo = holdReads(room.log);
    peer.send({ subscribe: { channel: "a", ...request } });
    await handedOut();
    await publish(room.hub, "a", [4]);
    await handedOut();
    letGo();
    const news = await peer.news();
    await publish(room.hub, "a", [5]);
    const [first] = offsetsOf([...news, ...await peer.news()]);
    assertEquals(first, news[0].subscribe.offset + 1);
  });
}

Deno.test("ClientSubscription gives of a cache one only, also when more come while it is read", async () => {
  using room = new ClientRoom({ channel: { forceRecoveryMode: "cache" } });
  await publish(room.hub, "a", [1, 2, 3]);
  const peer = await room.connected();
  const letGo = holdReads(room.log);
  peer.send({ subscribe: { channel: "a", recover: true } });
  await handedOut();
  await publish(room.hub, "a", [4, 5]);
  await handedOut();
  letGo();
  const [{ subscribe }] = await peer.news();
  assertEquals([subscribe.offset, offsetsOf([{ subscribe }])], [5, [5]]);
});

Deno.test("ClientSubscription pushes behind its answer what is larger than half of the queue", async () => {
  using room = new ClientRoom({ client: { queueMaxSize: 100_000 } });
  await publish(room.hub, "a", upTo(300).map(() => "x".repeat(1_000)));
  const peer = await room.connected();
  peer.send({ subscribe: { channel: "a", recover: true } });
  await turns(20);
  await publish(room.hub, "a", upTo(20));
  const news = await peer.news();
  const answered = news[0].subscribe.publications.length;
  assert(answered > 40 && answered < 150, `${answered} in the answer`);
  assertEquals([offsetsOf(news), news[0].subscribe.recovered], [upTo(320), true]);
});

Deno.test("ClientSubscription pushes no faster than it is read", async () => {
  using clock = new FakeClock();
  using room = new ClientRoom({ client: { queueMaxSize: 200_000 } });
  await publish(room.hub, "a", upTo(400).map(() => "x".repeat(1_000)));
  const peer = await room.connected();
  peer.socket.bufferedAmount = 150_000;
  peer.send({ subscribe: { channel: "a", recover: true } });
  const early = await peer.news();
  assert(offsetsOf(early).length < 200, `${offsetsOf(early).length} are sent`);
  peer.socket.bufferedAmount = 0;
  await clock.advance(1_000);
  assertEquals(offsetsOf([...early, ...await peer.news()]), upTo(400));
});

Deno.test("ClientSubscription reads one recovery after the other", async () => {
  using room = new ClientRoom();
  for (const channel of ["a", "b", "c"]) await publish(room.hub, channel, [1]);
  let [reading, most] = [0, 0];
  const read = room.log.read.bind(room.log);
  room.log.read = async (channel, options) => {
    most = Math.max(most, ++reading);
    const page = await read(channel, options);
    await turns(2);
    reading -= 1;
    return page;
  };
  const peer = await room.connected();
  const channels = ["a", "b", "c"];
  const news = await peer.ask(
    ...channels.map((channel) => ({ subscribe: { channel, recover: true } })),
  );
  assertEquals([news.map(({ id }) => id), most], [[2, 3, 4], 1]);
});

Deno.test("ClientSubscription that is cut short does not hold up the next recovery", async () => {
  using room = new ClientRoom();
  const { log } = room;
  const read = log.read.bind(log);
  log.read = (channel, options) => channel === "a" ? new Promise(() => {}) : read(channel, options);
  const peer = await room.connected();
  const [a, b] = ["a", "b"].map((channel) => ({ subscribe: { channel, recover: true } }));
  const news = await peer.ask(a ?? {}, b ?? {}, { unsubscribe: { channel: "a" } });
  assertEquals(news.map(({ id, error }) => [id, error?.code]), [
    ...[[2, 100], [4, undefined], [3, undefined]],
  ]);
});

Deno.test("ClientSubscription whose recovery cannot be read does not hold up the next", async () => {
  using room = new ClientRoom();
  const { log } = room;
  const read = log.read.bind(log);
  log.read = (channel, options) =>
    channel === "a" ? Promise.reject(new Error("disk gone")) : read(channel, options);
  const peer = await room.connected();
  const commands = ["a", "b"].map((channel) => ({ subscribe: { channel, recover: true } }));
  const news = await peer.ask(...commands);
  assertEquals(news.map(({ id, error }) => [id, error?.code]), [[2, 100], [3, undefined]]);
});

Deno.test("ClientSubscription answers once when it ends before its log fails", async () => {
  using room = new ClientRoom();
  const disk = Promise.withResolvers<never>();
  room.log.read = () => disk.promise;
  const peer = await room.connected();
  peer.send({ subscribe: { channel: "a" } }, { unsubscribe: { channel: "a" } });
  await handedOut();
  disk.reject(new Error("disk gone"));
  assertEquals((await peer.news()).map(({ id }) => id), [2, 3]);
});

/** A client with one subscription to `a`, whose log then has another epoch. */
async function losing(room: ClientRoom, begin: (room: ClientRoom) => Promise<Peer>): Promise<Peer> {
  await publish(room.hub, "a", [1]);
  const peer = await begin(room);
  room.log.answer = (drafts) => Promise.resolve(drafts.map((_, index) => moved(index + 1)));
  await publish(room.hub, "a", [2]);
  return peer;
}

Deno.test("ClientSubscription that loses its place ends with 2500, and the client stays", async () => {
  using room = new ClientRoom();
  const peer = await losing(room, () => room.subscribed({ channel: "a" }));
  assertEquals(await peer.news(), [
    { push: { channel: "a", unsubscribe: { code: 2500, reason: "insufficient state" } } },
  ]);
  assertEquals([room.present(), room.hub.channels()], [0, []]);
  room.log.answer = undefined;
  assertEquals(Object.keys((await peer.ask({ subscribe: { channel: "a" } }))[0]), [
    ...["id", "subscribe"],
  ]);
});

Deno.test("ClientSubscription of the server that loses its place ends the client with 3010", async () => {
  using room = new ClientRoom();
  const token = room.verifier.connectionTo({ a: {} });
  const peer = await losing(room, () => room.connected({ token }));
  assertEquals(await peer.news(), ["close 3010 insufficient state"]);
});

Deno.test("ClientSubscription that is behind its answer and loses its place ends with 2500", async () => {
  using clock = new FakeClock();
  using room = new ClientRoom(
    { client: { queueMaxSize: 100_000 } },
    { log: new ScriptedLog({ size: 400 }) },
  );
  await publish(room.hub, "a", upTo(400).map(() => "x".repeat(1_000)));
  const peer = await room.connected();
  peer.socket.bufferedAmount = 80_000;
  peer.send({ subscribe: { channel: "a", recover: true } });
  await handedOut();
  await publish(room.hub, "a", upTo(400).map(() => "y"));
  peer.socket.bufferedAmount = 0;
  await clock.advance(1_000);
  const news = await peer.news();
  const offsets = offsetsOf(news);
  assertEquals(offsets, upTo(offsets.length));
  assertEquals(news.at(-1).push.unsubscribe.code, 2500);
});

Deno.test("ClientSubscription gives what goes past the log without an offset", async () => {
  using room = new ClientRoom();
  const peer = await room.subscribed({ channel: "a" });
  const payload = { kind: "json", text: '{"x":1}' } as const;
  room.hub.publish({ channel: "a", payload, isTransient: true });
  await publish(room.hub, "a", ["kept"]);
  assertEquals(await peer.news(), [
    { push: { channel: "a", pub: { data: { x: 1 } } } },
    { push: { channel: "a", pub: { data: "kept", offset: 1 } } },
  ]);
});
