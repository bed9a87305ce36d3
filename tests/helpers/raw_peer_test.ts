import { assert, assertEquals, assertRejects } from "@std/assert";
import { closePayload, concatBytes, encodeFrame, OPCODE, textOf } from "./frames.ts";
import { RawPeer } from "./raw_peer.ts";
import { inParallel, range, sleep } from "./wait.ts";

/** A throwaway server on which each upgraded socket is given to `onSocket`. */
async function upgrading(
  onSocket: (socket: WebSocket) => void,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const options = { port: 0, hostname: "127.0.0.1", signal: stop.signal, onListen: () => {} };
  const server = Deno.serve(options, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response("", { status: 426 });
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    onSocket(socket);
    return response;
  });
  try {
    await test(server.addr.port);
  } finally {
    stop.abort();
    await server.finished;
  }
}

function echo(socket: WebSocket): void {
  socket.onmessage = ({ data }) =>
    data === "close" ? socket.close(4000, "asked") : socket.send(data);
}

/** Reads a raw opening handshake from a listener and answers it with `frames`. */
async function upgradeWith(
  listener: Deno.TcpListener,
  frames: readonly Uint8Array[],
): Promise<Deno.Conn> {
  const connection = await listener.accept();
  await connection.read(new Uint8Array(4096));
  const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  await connection.write(concatBytes([new TextEncoder().encode(head), ...frames]));
  return connection;
}

Deno.test("RawPeer echoes through a server, closes once, and counts what it sent", async () => {
  await upgrading(echo, async (port) => {
    using peer = await RawPeer.connect({ port });
    await peer.text("one");
    await peer.binary(new Uint8Array([1, 2]));
    await peer.text("close");
    assertEquals((await peer.closed).kind, "eof");
    assertEquals(peer.messages.map((frame) => frame.opcode), [OPCODE.text, OPCODE.binary]);
    assertEquals(textOf(peer.messages[0]!), "one");
    assertEquals(peer.closeFrames.map(({ code, reason }) => [code, reason]), [[4000, "asked"]]);
    assertEquals([peer.sentBeforeClose, peer.framesAfterClose], [3, 0]);
  });
});

Deno.test("RawPeer records a second Close and data after Close", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const close = encodeFrame(OPCODE.close, closePayload(1001, "bye"), { isMasked: false });
  const data = encodeFrame(OPCODE.text, "late", { isMasked: false });
  const upgraded = upgradeWith(listener, [close, data, close]);
  using peer = await RawPeer.connect({ port: listener.addr.port });
  (await upgraded).close();
  await peer.closed;
  assertEquals([peer.closeFrames.length, peer.framesAfterClose, peer.messageCount], [2, 2, 1]);
});

Deno.test("RawPeer does not count what it sends after its own Close", async () => {
  await upgrading(echo, async (port) => {
    const reply = (peer: RawPeer) => {
      void peer.text("still before");
      void peer.close(4000);
      void peer.text("too late");
    };
    using peer = await RawPeer.connect({ port, closeReply: { kind: "custom", reply } });
    await peer.text("close");
    await peer.closed;
    assertEquals(peer.sentBeforeClose, 2);
  });
});

Deno.test("RawPeer reads nothing while it is paused", async () => {
  const sockets: WebSocket[] = [];
  await upgrading((socket) => sockets.push(socket), async (port) => {
    using peer = await RawPeer.connect({ port });
    peer.pause();
    await peer.ping();
    sockets[0]!.send("x".repeat(100_000));
    // The behaviour is that nothing happens, and nothing has no event.
    await sleep(50);
    assertEquals([peer.messageCount, peer.pongCount], [0, 0]);
    peer.resume();
    await peer.until(({ messageCount }) => messageCount === 1, { what: "the message" });
    assertEquals(peer.pongCount, 1);
  });
});

Deno.test("RawPeer reads at the speed it is given", async () => {
  const send = (socket: WebSocket) => socket.onmessage = () => socket.send("x".repeat(4000));
  await upgrading(send, async (port) => {
    using peer = await RawPeer.connect({ port });
    peer.pause();
    await peer.text("go");
    peer.resume(20_000);
    const startedAt = performance.now();
    await peer.until(({ messageCount }) => messageCount === 1, { what: "the message" });
    assert(performance.now() - startedAt > 150, "4000 bytes at 20000 a second take 200 ms");
  });
});

Deno.test("RawPeer tells a reset from its own abort", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const unaccepted = async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    return new RawPeer({
      kind: "open",
      connection,
      rest: new Uint8Array(0),
      headers: new Headers(),
    });
  };
  const [aborting, reset] = [await unaccepted(), await unaccepted()];
  aborting.abort();
  // The kernel resets what was never accepted; closing an accepted one begins with a FIN.
  listener.close();
  assertEquals((await aborting.closed).kind, "aborted");
  assertEquals((await reset.closed).kind, "reset");
  assertEquals(await reset.text("too late"), false);
});

Deno.test("RawPeer shows why a handshake was refused", async () => {
  await upgrading(echo, async (port) => {
    const attempt = await RawPeer.attempt({ port, headers: { Upgrade: "carrier pigeon" } });
    assert(attempt.kind === "refused");
    assertEquals(attempt.response.status, 426);
    await assertRejects(() => RawPeer.connect({ port, headers: { Upgrade: "no" } }), Error, "426");
  });
});

Deno.test("RawPeer fails a wait when its connection ends first", async () => {
  await upgrading((socket) => socket.onopen = () => socket.close(1001), async (port) => {
    using peer = await RawPeer.connect({ port });
    const wait = () => peer.until(() => false, { what: "a miracle" });
    await assertRejects(wait, Error, "ended before a miracle");
  });
});

Deno.test("RawPeer sends 20000 messages a second from 200 peers", async () => {
  await upgrading(echo, async (port) => {
    const peers = await inParallel(
      range(200),
      () => RawPeer.connect({ port, keepsMessages: false }),
    );
    const startedAt = performance.now();
    await Promise.all(peers.map(async (peer) => {
      for (let sent = 0; sent < 100; sent++) await peer.text("0123456789");
      await peer.until(({ messageCount }) => messageCount === 100, { what: "100 echoes" });
    }));
    const elapsedMs = performance.now() - startedAt;
    for (const peer of peers) peer.abort();
    await Promise.all(peers.map((peer) => peer.closed));
    assert(elapsedMs < 3000, `20000 messages and their echoes took ${elapsedMs} ms`);
  });
});
