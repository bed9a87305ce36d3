import { assertEquals } from "@std/assert";
import { publish } from "../hub/recorder.ts";
import { ClientRoom } from "./client_room.ts";

Deno.test("connect begins the subscriptions that a token names, and tells of them", async () => {
  using room = new ClientRoom();
  await publish(room.hub, "b", [1, 2]);
  const data = { kind: "json", text: '{"x":1}' } as const;
  const token = room.verifier.connectionTo({ a: {}, b: { data } });
  const peer = room.open();
  const [{ connect: { subs } }] = await peer.ask({ connect: { token } });
  const [top] = await room.log.tops(["b"]);
  const position = { recoverable: true, positioned: true, epoch: top?.epoch };
  assertEquals(subs, { a: position, b: { ...position, offset: 2, data: { x: 1 } } });
  await publish(room.hub, "a", ["news"]);
  assertEquals(await peer.news(), [{ push: { channel: "a", pub: { data: "news", offset: 1 } } }]);
});

Deno.test("connect lets server-side subscriptions go on from where they were", async () => {
  using room = new ClientRoom();
  await publish(room.hub, "a", [1, 2, 3]);
  const [top] = await room.log.tops(["a"]);
  const token = room.verifier.connectionTo({ a: {} });
  const subs = { a: { recover: true, offset: 1, epoch: top?.epoch } };
  const [{ connect }] = await room.open().ask({ connect: { token, subs } });
  const { recovered, was_recovering, offset, publications } = connect.subs.a;
  assertEquals([recovered, was_recovering, offset], [true, true, 1]);
  assertEquals(publications, [{ data: "2", offset: 2 }, { data: "3", offset: 3 }]);
});

Deno.test("connect subscribes to nothing that only the client names", async () => {
  using room = new ClientRoom();
  const [{ connect }] = await room.open().ask({ connect: { subs: { a: { recover: true } } } });
  assertEquals([connect.subs, room.hub.channels()], [undefined, []]);
});

Deno.test("connect sends nothing of its subscriptions before its answer", async () => {
  using room = new ClientRoom();
  const token = room.verifier.connectionTo({ a: {}, b: {}, c: {} });
  const peer = room.open();
  peer.send({ connect: { token } });
  for (const channel of ["a", "b", "c"]) await publish(room.hub, channel, [1]);
  const [first, ...others] = await peer.news();
  const told = Object.values<{ offset?: number }>(first.connect.subs)
    .filter(({ offset = 0 }) => offset === 1).length;
  assertEquals(told + others.length, 3);
});

Deno.test("connect refuses with 102 a channel of a namespace that there is none of", async () => {
  using room = new ClientRoom({ namespaces: { news: {} } });
  const token = room.verifier.connectionTo({ "other:a": {} });
  const [{ error }] = await room.open().ask({ connect: { token } });
  assertEquals([error.code, room.environment.clients.size], [102, 0]);
});

Deno.test("connect refuses with 3505 more subscriptions than there may be", async () => {
  using room = new ClientRoom({ client: { channelLimit: 1 } });
  const token = room.verifier.connectionTo({ a: {}, b: {} });
  const news = await room.open().ask({ connect: { token } });
  assertEquals([news, room.hub.channels()], [["close 3505 channel limit"], []]);
});

Deno.test("connect ends with 3004 when a subscription cannot be begun", async () => {
  using room = new ClientRoom();
  room.log.read = () => Promise.reject(new Error("disk gone"));
  const token = room.verifier.connectionTo({ a: {} });
  const news = await room.open().ask({ connect: { token } });
  assertEquals(news, ["close 3004 internal server error"]);
  assertEquals([room.present(), room.hub.channels()], [0, []]);
});

const PERSONAL = { isEnabled: true, namespace: "", isSingleConnection: false };

Deno.test("connect subscribes a user to its own channel", async () => {
  using room = new ClientRoom({ client: { personalChannel: PERSONAL } });
  const peer = room.open();
  const token = room.verifier.connection({ user: "42" });
  const [{ connect }] = await peer.ask({ connect: { token } });
  assertEquals(Object.keys(connect.subs), ["#42"]);
  const [{ connect: anonymous }] = await room.open().ask({ connect: {} });
  assertEquals(anonymous.subs, undefined);
});

Deno.test("connect ends a user's other connections where there may be one only", async () => {
  const personalChannel = { ...PERSONAL, isSingleConnection: true };
  using room = new ClientRoom({ client: { personalChannel } });
  const [first, other] = [await room.connectedAs("42"), await room.connectedAs("43")];
  const second = await room.connectedAs("42");
  assertEquals(await first.news(), ["close 3504 connection limit"]);
  assertEquals([await second.news(), await other.news()], [[], []]);
  assertEquals(room.environment.clients.ofUser("42").length, 1);
});

Deno.test("connect of who has gone meanwhile ends nobody else's connection", async () => {
  const personalChannel = { ...PERSONAL, isSingleConnection: true };
  using room = new ClientRoom({ client: { personalChannel } });
  const checked = Promise.withResolvers<void>();
  room.verifier.gate = checked.promise;
  const gone = room.open();
  gone.send({ connect: { token: room.verifier.connection({ user: "42" }) } });
  gone.socket.end(0);
  room.verifier.gate = Promise.resolve();
  const there = await room.connectedAs("42");
  checked.resolve();
  assertEquals([await there.news(), room.environment.clients.size], [[], 1]);
});

Deno.test("connect leaves alone what the server has subscribed to meanwhile", async () => {
  using room = new ClientRoom();
  const read = Promise.withResolvers<void>();
  const { log } = room;
  const tops = log.tops.bind(log);
  log.tops = async (channels) => {
    if (channels[0] === "a") await read.promise;
    return await tops(channels);
  };
  const peer = room.open();
  peer.send({ connect: { token: room.verifier.connectionTo({ a: {}, b: {} }, "") } });
  await peer.news();
  room.beginServerSide("b");
  await peer.news();
  read.resolve();
  const [{ connect }] = await peer.news();
  assertEquals(Object.keys(connect.subs), ["a"]);
  await publish(room.hub, "b", [1]);
  assertEquals((await peer.news()).length, 1);
});
