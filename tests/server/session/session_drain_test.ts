import { assertEquals } from "@std/assert";
import { turns } from "../../lifecycle/fake_clock.ts";
import { handedOut, publish, upTo } from "../hub/recorder.ts";
import { Room } from "./fake_socket.ts";

const STOPPING = "close 1001 server stopping";

Deno.test("SessionRegistry closes with 1001 behind everything that was published before", async () => {
  using room = new Room();
  const sockets = upTo(100).map(() => room.open());
  for (const value of upTo(50)) sockets[0]?.receive(`${value}`);
  for (const connection of room.sessions.beginDrain(room)) connection.close("flush");
  await turns(100);
  const expected = [...upTo(50).map(String), STOPPING];
  assertEquals(sockets[0]?.wire, [STOPPING]);
  for (const { wire } of sockets.slice(1)) assertEquals(wire, expected);
});

Deno.test("SessionRegistry closes at once and sends nothing more in a hurry", async () => {
  using room = new Room();
  const sockets = upTo(100).map(() => room.open());
  await publish(room.hub, "a", upTo(30));
  assertEquals(sockets[99]?.wire, []);
  for (const connection of room.sessions.beginDrain(room)) connection.close("hurry");
  assertEquals(sockets[99]?.wire, [STOPPING]);
  await handedOut();
  assertEquals(sockets[99]?.wire, [STOPPING]);
});

Deno.test("SessionRegistry hurries who was being flushed, with one Close", async () => {
  using room = new Room();
  const sockets = upTo(100).map(() => room.open());
  await publish(room.hub, "a", upTo(30));
  const connections = room.sessions.beginDrain(room);
  for (const connection of connections) connection.close("flush");
  for (const connection of connections) connection.close("hurry");
  await handedOut();
  assertEquals(sockets[99]?.wire, [STOPPING]);
  assertEquals(sockets[0]?.wire, [...upTo(30).map(String), STOPPING]);
});

Deno.test("SessionRegistry closes a socket that is not open yet in its open", async () => {
  using room = new Room();
  const socket = room.connecting();
  for (const connection of room.sessions.beginDrain(room)) connection.close("flush");
  assertEquals(socket.wire, []);
  socket.onopen();
  await publish(room.hub, "a", [1]);
  await handedOut();
  assertEquals([socket.wire, room.hub.channels()], [[STOPPING], []]);
  socket.end();
  assertEquals(room.outcomes, ["clean"]);
});

Deno.test("SessionRegistry tells who joins during the drain", () => {
  using room = new Room();
  room.sessions.beginDrain(room);
  const socket = room.open();
  assertEquals(room.joinedCount, 1);
  socket.end();
});

Deno.test("SessionRegistry tells once how each connection ended", () => {
  using room = new Room();
  const [one, two] = [room.open(), room.open()];
  room.sessions.beginDrain(room);
  one.end(1001);
  two.end(0);
  // The runtime may tell of an end twice.
  two.end(1001);
  assertEquals(room.outcomes, ["clean", "terminated"]);
  assertEquals([room.sessions.size, room.sessions.descriptors], [0, 0]);
});

Deno.test("SessionRegistry gives up at once who is told to, and counts its descriptor on", () => {
  using room = new Room();
  const socket = room.open();
  for (const connection of room.sessions.beginDrain(room)) {
    connection.close("flush");
    connection.giveUp();
    connection.giveUp();
  }
  assertEquals([room.outcomes, room.sessions.size, room.sessions.descriptors], [
    ["terminated"],
    0,
    1,
  ]);
  socket.end();
  assertEquals([room.outcomes, room.sessions.descriptors], [["terminated"], 0]);
});

Deno.test("SessionRegistry gives up who is still being flushed", async () => {
  using room = new Room();
  upTo(100).map(() => room.open());
  await publish(room.hub, "a", upTo(30));
  const connections = room.sessions.beginDrain(room);
  for (const connection of connections) connection.close("flush");
  for (const connection of connections) connection.giveUp();
  assertEquals(room.outcomes, new Array(100).fill("terminated"));
  await handedOut();
  assertEquals(room.hub.channels(), []);
});

Deno.test("SessionRegistry counts connecting sockets, and lets go of an upgrade that failed", () => {
  using room = new Room();
  const socket = room.connecting();
  assertEquals([room.sessions.size, room.sessions.descriptors], [1, 1]);
  socket.onerror(new Event("error", { cancelable: true }));
  assertEquals([room.sessions.size, room.sessions.descriptors], [0, 0]);
});

Deno.test("SessionRegistry unsubscribes who has gone", () => {
  using room = new Room();
  const socket = room.open();
  assertEquals(room.hub.channels(), [{ channel: "a", subscribers: 1 }]);
  socket.end();
  assertEquals(room.hub.channels(), []);
});
