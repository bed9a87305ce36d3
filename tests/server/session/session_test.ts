import { assertEquals } from "@std/assert";
import { handedOut, publish, upTo } from "../hub/recorder.ts";
import { Room } from "./fake_socket.ts";

const STOPPING = "close 1001 server stopping";

Deno.test("Session publishes what its client sends, to everyone else on the channel", async () => {
  using room = new Room();
  const [sender, one, two] = [room.open(), room.open(), room.open()];
  const elsewhere = room.open({ channel: "b" });
  sender.receive("hello");
  await handedOut();
  assertEquals([sender, one, two, elsewhere].map(({ wire }) => wire), [
    [],
    ["hello"],
    ["hello"],
    [],
  ]);
});

Deno.test("Session sends its client what it published itself if it asked for it", async () => {
  using room = new Room();
  const sender = room.open({ hasEcho: true });
  for (const value of upTo(3)) sender.receive(`${value}`);
  await handedOut();
  assertEquals(sender.wire, ["1", "2", "3"]);
});

Deno.test("Session keeps text text and bytes bytes", async () => {
  using room = new Room();
  const [sender, other] = [room.open(), room.open()];
  sender.receive("[1]");
  sender.receive(new Uint8Array([1, 2, 255]).buffer);
  await handedOut();
  assertEquals(other.wire, ["[1]", [1, 2, 255]]);
});

Deno.test("Session sends history first if it was asked for", async () => {
  using room = new Room();
  await publish(room.hub, "a", upTo(5));
  const reader = room.open({ history: 2 });
  await handedOut();
  await publish(room.hub, "a", [6]);
  await handedOut();
  assertEquals(reader.wire, ["4", "5", "6"]);
});

Deno.test("Session takes a message of just the bytes that are allowed, however they are written", async () => {
  using room = new Room();
  const [sender, other] = [room.open(), room.open()];
  for (const text of ["x".repeat(1_000), "ž".repeat(500), "漢".repeat(333)]) sender.receive(text);
  sender.receive(new ArrayBuffer(1_000));
  await handedOut();
  assertEquals([sender.wire, other.wire.length], [[], 4]);
});

for (const data of ["x".repeat(1_001), "ž".repeat(501), "漢".repeat(334), new ArrayBuffer(1_001)]) {
  const what = typeof data === "string" ? `${data.length} × ${data[0]}` : "1001 bytes";
  Deno.test(`Session closes with 1009 for a message of ${what}, and does not publish it`, async () => {
    using room = new Room();
    const [sender, other] = [room.open(), room.open()];
    sender.receive(data);
    await handedOut();
    assertEquals([sender.wire, other.wire], [["close 1009 message too large"], []]);
  });
}

Deno.test("Session closes with 1011 when a message could not be stored", async () => {
  using room = new Room();
  const sender = room.open();
  room.log.answer = () => Promise.reject(new Error("disk full"));
  sender.receive("lost");
  await handedOut();
  assertEquals(sender.wire, ["close 1011 message could not be stored"]);
});

Deno.test("Session closes with 1011 when its history cannot be read", async () => {
  using room = new Room();
  room.log.tops = () => Promise.reject(new Error("disk gone"));
  const reader = room.open({ history: 2 });
  await handedOut();
  assertEquals(reader.wire, ["close 1011 history could not be read"]);
});

Deno.test("Session closes with 1013 a client that leaves too much unread, and only it", async () => {
  using room = new Room();
  const [slow, other] = [room.open(), room.open()];
  slow.bufferedAmount = 1_001;
  await publish(room.hub, "a", ["x".repeat(600), "y".repeat(600), "z".repeat(600)]);
  await handedOut();
  assertEquals(slow.wire.at(-1), "close 1013 too slow");
  assertEquals([slow.wire.length, other.wire.length], [3, 3]);
});

Deno.test("Session still publishes what arrives after its Close, and counts it apart", async () => {
  using room = new Room();
  const [sender, other] = [room.open(), room.open()];
  sender.receive("before");
  await handedOut();
  for (const connection of room.sessions.beginDrain(room).slice(0, 1)) connection.close("flush");
  sender.receive("after");
  await handedOut();
  assertEquals([sender.wire, other.wire], [[STOPPING], ["before", "after"]]);
  assertEquals(room.sessions.counts, { received: 2, receivedWhileClosing: 1 });
});

Deno.test("Session hears nothing of who has gone", async () => {
  using room = new Room();
  const [sender, other] = [room.open(), room.open()];
  sender.end();
  sender.receive("late");
  await handedOut();
  assertEquals([other.wire, room.sessions.counts.received], [[], 0]);
});

Deno.test(
  "Session closes with 1013 at once who publishes faster than can be handed out",
  () => {
    using room = new Room({ maxBacklogBytes: 1_000 });
    const sender = room.open();
    for (let sent = 0; sent < 20; sent++) sender.receive("x".repeat(100));
    assertEquals(sender.wire, ["close 1013 publishing too fast"]);
  },
);
