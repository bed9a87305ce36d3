import { assert, assertEquals } from "@std/assert";
import { canReadWhileClosing, closeOutcome, ClosingHandshakes } from "../../lifecycle/mod.ts";
import { encodeFrame, OPCODE, textOf } from "../helpers/frames.ts";
import { range, within } from "../helpers/wait.ts";
import { SocketServer } from "./socket_server.ts";

const STOPPING = { code: 1001, reason: "server stopping" };

/** Begins a close of which the test does not care whether it is given up. */
function begin(handshakes: ClosingHandshakes, socket: WebSocket): void {
  socket.addEventListener("close", () => handshakes.end(socket));
  handshakes.begin(socket, { ...STOPPING, onGivenUp: () => {} });
}

Deno.test("canReadWhileClosing is true on this runtime: its [[role]] is where it was", async () => {
  await using server = new SocketServer();
  const { socket, peer } = await server.connect();
  assert(canReadWhileClosing(socket));
  peer.abort();
});

Deno.test("ClosingHandshakes delivers what a peer sends after our Close and before its own", async () => {
  const sent = range(200).map((number) => `message ${number}`);
  await using server = new SocketServer();
  const { socket, received, closed } = await server.connect({
    closeReply: {
      kind: "custom",
      reply: (peer) => {
        for (const text of sent) peer.text(text);
        peer.close(1001, "server stopping");
      },
    },
  });
  begin(new ClosingHandshakes(5_000), socket);
  const event = await within(closed, { what: "the close event" });
  assertEquals(received, sent);
  assertEquals([event.code, event.wasClean], [1001, true]);
});

Deno.test("ClosingHandshakes goes on reading for as long as the peer goes on sending", async () => {
  await using server = new SocketServer();
  const { socket, peer, received, closed } = await server.connect({
    closeReply: { kind: "never" },
  });
  begin(new ClosingHandshakes(5_000), socket);
  await peer.until(({ closeFrames }) => closeFrames.length > 0, { what: "our Close" });
  for (const number of range(20)) {
    const heard = Promise.withResolvers<void>();
    socket.addEventListener("message", () => heard.resolve(), { once: true });
    await peer.text(`message ${number}`);
    await within(heard.promise, { what: `message ${number}` });
  }
  await peer.close(1001);
  assertEquals(closeOutcome(await closed), "clean");
  assertEquals(received.length, 20);
});

Deno.test("ClosingHandshakes delivers binary, fragmented and large messages that cross our Close", async () => {
  await using server = new SocketServer();
  const { socket, peer, received, closed } = await server.connect({
    closeReply: { kind: "never" },
  });
  begin(new ClosingHandshakes(5_000), socket);
  await peer.pong("nobody asked");
  await peer.binary(new Uint8Array(10));
  await peer.send(encodeFrame(OPCODE.text, "one ", { isFinal: false }));
  await peer.send(encodeFrame(OPCODE.continuation, "piece"));
  await peer.text("x".repeat(1_000_000));
  await peer.close(1001);
  assertEquals(closeOutcome(await closed), "clean");
  assertEquals(received.slice(0, 2), ["10 bytes", "one piece"]);
  assertEquals(received[2]?.length, 1_000_000);
});

Deno.test("ClosingHandshakes sends one Close, behind all that was sent before and nothing after it", async () => {
  await using server = new SocketServer();
  const { socket, peer, closed } = await server.connect();
  const sent = range(500).map((number) => `publication ${number}`);
  for (const text of sent) socket.send(text);
  begin(new ClosingHandshakes(5_000), socket);
  await closed;
  await peer.closed;
  assertEquals(peer.messages.map(textOf), sent);
  assertEquals(peer.closeFrames.map(({ code, reason }) => ({ code, reason })), [STOPPING]);
  assertEquals(peer.framesAfterClose, 0);
});

Deno.test("ClosingHandshakes frees the connection when the peer has answered", async () => {
  await using server = new SocketServer();
  const { socket, peer } = await server.connect();
  begin(new ClosingHandshakes(5_000), socket);
  assertEquals((await within(peer.closed, { what: "our FIN" })).kind, "eof");
});

for (const code of [1000, 1001, 3000, 4999]) {
  Deno.test(`closeOutcome of a peer that answers with ${code} is clean`, async () => {
    await using server = new SocketServer();
    const { socket, closed } = await server.connect({ closeReply: { kind: "code", code } });
    begin(new ClosingHandshakes(5_000), socket);
    assertEquals(closeOutcome(await closed), "clean");
  });
}

Deno.test("closeOutcome of a peer that answers without a code is terminated", async () => {
  await using server = new SocketServer();
  const { socket, closed } = await server.connect({
    closeReply: { kind: "custom", reply: (peer) => void peer.close() },
  });
  begin(new ClosingHandshakes(5_000), socket);
  assertEquals(closeOutcome(await closed), "terminated");
});

Deno.test("closeOutcome of a peer that answers with bytes that are no frame is terminated", async () => {
  await using server = new SocketServer();
  const bytes = new Uint8Array([0xff, 0xff, 0xff]);
  const { socket, closed } = await server.connect({ closeReply: { kind: "bytes", bytes } });
  begin(new ClosingHandshakes(5_000), socket);
  assertEquals(closeOutcome(await closed), "terminated");
});

Deno.test("closeOutcome of a peer that goes without a Close is terminated", async () => {
  await using server = new SocketServer();
  const { socket, closed } = await server.connect({
    closeReply: { kind: "custom", reply: (peer) => peer.abort() },
  });
  begin(new ClosingHandshakes(5_000), socket);
  assertEquals(closeOutcome(await closed), "terminated");
});

Deno.test("closeOutcome of a peer that resets the connection is terminated", async () => {
  await using server = new SocketServer();
  const { socket, peer, closed } = await server.connect({ closeReply: { kind: "never" } });
  // What a peer has not read when it goes makes its kernel send a reset.
  peer.pause();
  socket.send("x".repeat(1_000_000));
  begin(new ClosingHandshakes(5_000), socket);
  peer.abort();
  assertEquals(closeOutcome(await within(closed, { what: "the close event" })), "terminated");
});

Deno.test("closeOutcome of a close that the peer began is clean", async () => {
  await using server = new SocketServer();
  const { peer, closed } = await server.connect();
  await peer.close(1000, "bye");
  assertEquals(closeOutcome(await closed), "clean");
});

Deno.test("ClosingHandshakes gives a silent peer up after its timeout", async () => {
  await using server = new SocketServer();
  const { socket, peer } = await server.connect({ closeReply: { kind: "never" } });
  const handshakes = new ClosingHandshakes(60);
  const givenUp = Promise.withResolvers<number>();
  const startedAt = performance.now();
  const onGivenUp = () => givenUp.resolve(performance.now() - startedAt);
  handshakes.begin(socket, { ...STOPPING, onGivenUp });
  const afterMs = await within(givenUp.promise, { what: "giving up", deadlineMs: 2_000 });
  assert(afterMs >= 59, `given up after ${afterMs} ms`);
  assertEquals(handshakes.size, 0);
  peer.abort();
});

Deno.test("ClosingHandshakes ends a socket that was given up at its next frame, unheard", async () => {
  await using server = new SocketServer();
  const { socket, peer, received, closed } = await server.connect({
    closeReply: { kind: "never" },
  });
  const handshakes = new ClosingHandshakes(5_000);
  begin(handshakes, socket);
  await peer.until(({ closeFrames }) => closeFrames.length > 0, { what: "our Close" });
  handshakes.giveUp(socket);
  await peer.text("too late");
  assertEquals(closeOutcome(await within(closed, { what: "the close event" })), "terminated");
  assertEquals(received, []);
  await within(peer.closed, { what: "the end of the connection" });
});

Deno.test("ClosingHandshakes loses a socket to a Ping read after our Close: the platform's limit", async () => {
  await using server = new SocketServer();
  const { socket, peer, closed } = await server.connect({ closeReply: { kind: "never" } });
  begin(new ClosingHandshakes(5_000), socket);
  await peer.until(({ closeFrames }) => closeFrames.length > 0, { what: "our Close" });
  await peer.ping();
  assertEquals(closeOutcome(await within(closed, { what: "the close event" })), "terminated");
});
