import { assertEquals } from "@std/assert";
import { publish, upTo } from "../hub/recorder.ts";
import { ClientRoom } from "./client_room.ts";

const SHUTDOWN = "close 3001 shutdown";

Deno.test("ClientSession sends in one frame what is sent in one go", async () => {
  using room = new ClientRoom();
  const peer = room.open();
  peer.send({ connect: {} }, { subscribe: { channel: "a" } });
  await peer.news();
  peer.send({ presence: { channel: "a" } }, { presence_stats: { channel: "a" } });
  await peer.news();
  assertEquals(peer.socket.wire.at(-1)?.toString().split("\n").length, 2);
});

Deno.test("ClientSession carries out what comes before what it cannot read, then ends with 3501", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const publication = '{"id":7,"publish":{"channel":"a","data":1}}';
  peer.socket.receive(`${publication}\nrubbish\n${publication}`);
  assertEquals(await peer.news(), ["close 3501 bad request"]);
  assertEquals(room.log.batches.flat().length, 1);
});

for (const frame of ["", "\n", "rubbish", "[]", '{"id":-1,"ping":{}}', '{"id":1,"dance":{}}']) {
  Deno.test(`ClientSession ends with 3501 who sends ${JSON.stringify(frame)}`, async () => {
    using room = new ClientRoom();
    const peer = await room.connected();
    peer.socket.receive(frame);
    assertEquals(await peer.news(), ["close 3501 bad request"]);
  });
}

Deno.test("ClientSession ends with 3501 who sends bytes that are no text", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  peer.socket.receive(new Uint8Array([0xff]).buffer);
  assertEquals(await peer.news(), ["close 3501 bad request"]);
});

Deno.test("ClientSession takes nothing more from who broke the protocol", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  peer.socket.receive("rubbish");
  peer.send({ publish: { channel: "a", data: 1 } });
  await peer.news();
  assertEquals(room.log.batches, []);
});

Deno.test("ClientSession ends with 1009 who sends a frame that is too large", async () => {
  using room = new ClientRoom({ client: { messageSizeLimit: 100 } });
  const peer = await room.connected();
  const ids = "a".repeat(45);
  assertEquals((await peer.ask({ unsubscribe: { channel: ids } })).length, 1);
  peer.send({ unsubscribe: { channel: ids.repeat(2) } }, { publish: { channel: "a", data: 1 } });
  assertEquals(await peer.news(), ["close 1009 message too large"]);
  assertEquals(room.log.batches, []);
});

Deno.test("ClientSession carries out what came before a frame that is too large", async () => {
  using room = new ClientRoom({ client: { messageSizeLimit: 100 } });
  const peer = await room.connected();
  const read = Promise.withResolvers<void>();
  room.log.gate = read.promise;
  const token = room.verifier.subscription({ channel: "b" });
  peer.send({ subscribe: { channel: "b", token } });
  peer.send({ publish: { channel: "a", data: 1 } });
  peer.socket.receive("x".repeat(101));
  read.resolve();
  assertEquals((await peer.news()).at(-1), "close 1009 message too large");
  assertEquals(room.log.batches.flat().length, 1);
});

Deno.test("ClientSession ends with 3008 who leaves too much unread", async () => {
  using room = new ClientRoom({ client: { queueMaxSize: 1_000 } });
  const peer = await room.subscribed({ channel: "a" });
  peer.socket.bufferedAmount = 1_001;
  await publish(room.hub, "a", ["x".repeat(2_000), "later"]);
  assertEquals((await peer.news()).at(-1), "close 3008 slow");
  assertEquals([room.present(), room.hub.channels()], [0, []]);
});

Deno.test("ClientSession ends with 3013 when too many commands wait", async () => {
  using room = new ClientRoom();
  const checked = Promise.withResolvers<void>();
  room.verifier.gate = checked.promise;
  const peer = room.open();
  peer.send({ connect: { token: room.verifier.connection() } });
  const publication = { publish: { channel: "a", data: 1 } };
  for (const _ of upTo(101)) peer.send(...upTo(100).map(() => publication));
  assertEquals(await peer.news(), ["close 3013 too many requests"]);
  checked.resolve();
  await peer.news();
  assertEquals(room.log.batches.flat().length, 10_000);
});

Deno.test("ClientSession answers with 100 when history cannot be read, and tells the log why", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const error = new Error("disk gone");
  room.log.read = () => Promise.reject(error);
  const [reply] = await peer.ask({ history: { channel: "a", limit: 1 } });
  assertEquals(reply, {
    id: 2,
    error: { code: 100, message: "internal server error", temporary: true },
  });
  assertEquals(room.errors, [error]);
});

for (
  const [command, outcome] of [
    [{ rpc: { method: "x" } }, 108],
    [{ ping: {} }, 108],
    [{ send: { data: 1 } }, "close 3508 not available"],
  ] as const
) {
  Deno.test(`ClientSession answers ${JSON.stringify(command)} with ${outcome}`, async () => {
    using room = new ClientRoom();
    const peer = await room.connected();
    const [reply] = await peer.ask(command);
    assertEquals(reply.error?.code ?? reply, outcome);
  });
}

Deno.test("ClientSession tells of itself nothing when it ends, and leaves nothing behind", async () => {
  using room = new ClientRoom();
  const expiresAt = Math.floor(Date.now() / 1_000) + 60;
  const token = room.verifier.connection({ expiresAt });
  const peer = await room.connected({ token });
  const subscription = room.verifier.subscription({ channel: "a", grant: { expiresAt } });
  await peer.ask({ subscribe: { channel: "a", token: subscription } });
  assertEquals([room.environment.clients.size, room.wheel.size], [1, 3]);
  peer.socket.end();
  assertEquals([room.environment.clients.size, room.wheel.size], [0, 0]);
  assertEquals([room.registry.size, room.registry.descriptors], [0, 0]);
  assertEquals([room.present(), room.hub.channels()], [0, []]);
});

Deno.test("ClientSession counts what comes in, and what of it comes after the Close", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  room.drain("hurry");
  peer.send({ presence: { channel: "a" } });
  peer.send({ presence: { channel: "a" } });
  assertEquals(room.registry.counts, { received: 3, receivedWhileClosing: 2 });
  assertEquals(await peer.news(), [SHUTDOWN]);
});
