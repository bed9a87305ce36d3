import { assertEquals } from "@std/assert";
import { Scene, URL } from "./scene.ts";

Deno.test("Connection is idle until it is opened", () => {
  using scene = new Scene();
  assertEquals([scene.state["name"], scene.sockets.length], ["idle", 0]);
});

Deno.test("Connection connects to the address it is given, and asks for buffers", () => {
  using scene = new Scene();
  scene.connection.open(URL);
  assertEquals(scene.state["name"], "connecting");
  assertEquals([scene.socket.url, scene.socket.binaryType], [URL, "arraybuffer"]);
  scene.socket.open();
  assertEquals(scene.state["name"], "connected");
  assertEquals(scene.of("opened"), [{ type: "opened", awayMs: null, attempts: 1 }]);
});

Deno.test("Connection passes messages on", () => {
  using scene = new Scene();
  scene.connect();
  scene.socket.onmessage({ data: "hello" });
  assertEquals(scene.of("message"), [{ type: "message", data: "hello" }]);
});

Deno.test("Connection sends only while it is connected", () => {
  using scene = new Scene();
  assertEquals(scene.connection.send("early"), false);
  scene.connection.open(URL);
  assertEquals(scene.connection.send("early"), false);
  scene.socket.open();
  assertEquals(scene.connection.send("now"), true);
  scene.socket.readyState = 2;
  assertEquals(scene.connection.send("late"), false);
  assertEquals(scene.socket.sent, ["now"]);
});

Deno.test("Connection tells why it was closed, and comes back after a random while", async () => {
  using scene = new Scene(0.5);
  scene.connect();
  await scene.clock.advance(10_000);
  scene.socket.end();
  assertEquals(scene.of("closed"), [{
    type: "closed",
    code: 1001,
    reason: "server stopping",
    wasClean: true,
    connectedMs: 10_000,
  }]);
  assertEquals([scene.state["name"], scene.state["retryAtMs"]], ["away", 10_125]);
  await scene.clock.advance(124);
  assertEquals(scene.sockets.length, 1);
  await scene.clock.advance(1);
  assertEquals([scene.sockets.length, scene.state["isTrying"]], [2, true]);
});

Deno.test("Connection tells how long it was away, and in how many attempts it came back", async () => {
  using scene = new Scene(1);
  scene.connect();
  await scene.clock.advance(5_000);
  scene.socket.end();
  await scene.clock.advance(250);
  scene.socket.end(1006, "");
  await scene.clock.advance(500);
  scene.socket.open();
  assertEquals(scene.of("opened").at(-1), { type: "opened", awayMs: 750, attempts: 2 });
});

Deno.test("Connection waits longer after each attempt that fails", async () => {
  using scene = new Scene(1);
  scene.connection.open(URL);
  const waits: number[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    scene.socket.end(1006, "");
    waits.push(Number(scene.state["retryAtMs"]) - scene.clock.now);
    await scene.clock.advance(waits.at(-1) ?? 0);
  }
  assertEquals(waits, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  assertEquals(scene.of("failed").map(({ attempts }) => attempts), [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("Connection was not away before it was ever there", async () => {
  using scene = new Scene(1);
  scene.connection.open(URL);
  scene.socket.end(1006, "");
  await scene.clock.advance(250);
  scene.socket.open();
  assertEquals(scene.of("opened"), [{ type: "opened", awayMs: null, attempts: 2 }]);
});

Deno.test("Connection does not loop with a server that lets it in and throws it out", async () => {
  using scene = new Scene(1);
  const waits: number[] = [];
  scene.connect();
  for (let time = 0; time < 4; time++) {
    await scene.clock.advance(100);
    scene.socket.end(1013, "too slow");
    waits.push(Number(scene.state["retryAtMs"]) - scene.clock.now);
    await scene.clock.advance(waits.at(-1) ?? 0);
    scene.socket.open();
  }
  assertEquals(waits, [250, 500, 1_000, 2_000]);
  await scene.clock.advance(2_000);
  scene.socket.end();
  assertEquals(Number(scene.state["retryAtMs"]) - scene.clock.now, 250);
});

Deno.test("Connection begins with short waits again when it is opened again", async () => {
  using scene = new Scene(1);
  scene.connection.open(URL);
  for (let attempt = 0; attempt < 4; attempt++) {
    scene.socket.end(1006, "");
    await scene.clock.advance(5_000);
  }
  scene.connection.open(URL);
  scene.socket.end(1006, "");
  assertEquals(Number(scene.state["retryAtMs"]) - scene.clock.now, 250);
});

Deno.test("Connection gives an attempt five seconds", async () => {
  using scene = new Scene(1);
  scene.connection.open(URL);
  await scene.clock.advance(4_999);
  assertEquals(scene.of("failed"), []);
  await scene.clock.advance(1);
  assertEquals(scene.of("failed"), [{ type: "failed", attempts: 1, isTimeout: true }]);
  assertEquals(scene.socket.closes, [1000]);
  scene.socket.end(1006, "");
  assertEquals(scene.of("failed").length, 1);
});

Deno.test("Connection waits to be asked when it was not allowed in", async () => {
  using scene = new Scene();
  scene.connect();
  scene.socket.end(1008, "not allowed");
  await scene.clock.advance(60_000);
  assertEquals([scene.sockets.length, scene.state["retryAtMs"]], [1, null]);
  scene.connection.retryNow();
  assertEquals(scene.sockets.length, 2);
});

Deno.test("Connection.retryNow tries at once, and once", async () => {
  using scene = new Scene(1);
  scene.connect();
  scene.socket.end();
  scene.connection.retryNow();
  scene.connection.retryNow();
  assertEquals(scene.sockets.length, 2);
  await scene.clock.advance(300);
  assertEquals(scene.sockets.length, 2);
  scene.socket.open();
  scene.connection.retryNow();
  assertEquals([scene.sockets.length, scene.clock.pending], [2, 0]);
});

Deno.test("Connection.close closes with 1000 and stays closed", async () => {
  using scene = new Scene();
  scene.connect();
  scene.connection.close();
  scene.socket.end(1000, "");
  await scene.clock.advance(60_000);
  assertEquals([scene.socket.closes, scene.state["name"]], [[1000], "idle"]);
  assertEquals([scene.sockets.length, scene.of("closed")], [1, []]);
});

Deno.test("Connection.close ends the waiting for the next attempt", async () => {
  using scene = new Scene();
  scene.connect();
  scene.socket.end();
  scene.connection.close();
  await scene.clock.advance(60_000);
  assertEquals([scene.sockets.length, scene.clock.pending], [1, 0]);
});

Deno.test("Connection hears nothing of a socket that it has replaced", () => {
  using scene = new Scene();
  scene.connect();
  const old = scene.socket;
  scene.connection.open("ws://host/channels/other");
  const { length } = scene.events;
  old.onmessage({ data: "late" });
  old.onopen();
  old.end();
  assertEquals([scene.events.length, old.closes], [length, [1000]]);
});
