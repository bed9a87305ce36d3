import { assert, assertEquals } from "@std/assert";
import { assertProperClose, assertStopped, connectPeers } from "../helpers/expectations.ts";
import { finishHandshake, handshakeText } from "../helpers/handshake.ts";
import { HttpExchange, type HttpOutcome, request, requestText } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range, sleep, waitFor, within } from "../helpers/wait.ts";

/** Opens a client that never answers Close, which keeps the server closing for `close-timeout`. */
function connectStalled(port: number): Promise<RawPeer> {
  return RawPeer.connect({ port, closeReply: { kind: "never" } });
}

/** 503 with Retry-After: the answer to whoever comes too late. */
function assertUnavailable(outcome: HttpOutcome): void {
  assert(outcome.kind === "response", `no answer: ${JSON.stringify(outcome)}`);
  assertEquals(outcome.response.status, 503);
  assert(Number(outcome.response.headers.get("retry-after")) >= 1, "Retry-After is missing");
}

forEachMode("stop answers a handshake that was half sent at the signal with 503", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--close-timeout", "600ms"] });
  using _stalled = await connectStalled(server.port);
  using exchange = await HttpExchange.open(server.port);
  const text = handshakeText();
  await exchange.write(text.slice(0, 60));
  server.signal("SIGINT");
  await server.log.next("closing");
  await exchange.write(text.slice(60));
  assertUnavailable(await exchange.response());
  assertStopped(await server.exit(), { clients: 1, terminated: 1 });
});

forEachMode("stop is not delayed by a handshake that never ends", async (mode) => {
  await using server = await Midgard.start({ mode });
  using exchange = await HttpExchange.open(server.port);
  await exchange.write(handshakeText().slice(0, 60));
  using silent = await HttpExchange.open(server.port);
  const exit = await server.stop();
  assertStopped(exit, { clients: 0 });
  assert(exit.elapsedSinceSignalMs < 1000, `the stop took ${exit.elapsedSinceSignalMs} ms`);
  assert((await silent.response()).kind !== "response");
});

forEachMode("stop gives each handshake sent before the signal a whole answer", async (mode) => {
  await using server = await Midgard.start({ mode });
  const exchanges = await Promise.all(range(50).map(() => HttpExchange.open(server.port)));
  await Promise.all(exchanges.map((exchange) => exchange.write(handshakeText())));
  server.signal("SIGINT");
  const handshakes = await Promise.all(exchanges.map(finishHandshake));
  let opened = 0;
  for (const handshake of handshakes) {
    assert(handshake.kind !== "lost", `a handshake was lost: ${JSON.stringify(handshake)}`);
    if (handshake.kind === "refused") assertEquals(handshake.response.status, 503);
    if (handshake.kind !== "open") continue;
    opened++;
    await assertProperClose(new RawPeer(handshake));
  }
  for (const exchange of exchanges) exchange[Symbol.dispose]();
  assertStopped(await server.exit(), { clients: opened, closed_cleanly: opened });
});

forEachMode("stop refuses handshakes and publications while closing", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--close-timeout", "600ms"] });
  using _stalled = await connectStalled(server.port);
  server.signal("SIGINT");
  await server.log.next("closing");
  const requests = [
    handshakeText(),
    requestText("POST /channels/late", {}, { body: "too late" }),
  ];
  for (const text of requests) {
    using exchange = await HttpExchange.open(server.port);
    await exchange.write(text);
    assertUnavailable(await exchange.response());
  }
  assertEquals((await request(server.port, "GET /healthz")).status, 200);
  assertStopped(await server.exit(), { terminated: 1 });
});

forEachMode("drain-delay turns readyz 503 while everything else works", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--drain-delay", "800ms"] });
  using early = await RawPeer.connect({ port: server.port, path: "/channels/lame" });
  assertEquals((await request(server.port, "GET /readyz")).status, 200);
  server.signal("SIGTERM");
  const isUnready = async () => (await request(server.port, "GET /readyz")).status === 503;
  await waitFor(isUnready, { deadlineMs: 700, what: "readyz to turn 503" });
  const unreadyAtMs = performance.now();
  using late = await RawPeer.connect({ port: server.port, path: "/channels/lame" });
  await late.text("from a newcomer");
  await early.until(({ messageCount }) => messageCount === 1, { what: "the newcomer's message" });
  const posted = await request(server.port, "POST /channels/lame", { body: "posted" });
  assertEquals(posted.status, 200);
  assertEquals([early.closeFrames.length, late.closeFrames.length], [0, 0]);
  const exit = await server.exit();
  for (const peer of [early, late]) {
    await assertProperClose(peer);
    assert(peer.closeFrames[0]!.atMs > unreadyAtMs, "a socket was closed before readyz said so");
    assertEquals(peer.messageCount, peer === early ? 2 : 1);
  }
  assertStopped(exit, { signal: "SIGTERM", clients: 2, closed_cleanly: 2, received: 1 });
  assert(exit.elapsedSinceSignalMs >= 800, `the stop took ${exit.elapsedSinceSignalMs} ms`);
});

forEachMode("drain-window spreads the closes over its time", async (mode) => {
  const args = ["--drain-window", "1s", "--drain-delay", "0s"];
  await using server = await Midgard.start({ mode, args });
  const peers = await connectPeers(server.port, 40);
  const signalledAtMs = performance.now();
  const exit = await server.stop();
  for (const peer of peers) await assertProperClose(peer);
  const delays = peers.map((peer) => peer.closeFrames[0]!.atMs - signalledAtMs);
  const quarters = range(4).map((quarter) =>
    delays.filter((delay) => Math.min(3, Math.floor(delay / 250)) === quarter).length
  );
  assert(quarters.every((count) => count >= 4), `closes in each quarter: ${quarters}`);
  assert(Math.max(...delays) < 1300, `the last close came after ${Math.max(...delays)} ms`);
  assertStopped(exit, { clients: 40, closed_cleanly: 40 });
});

forEachMode(
  "stop lets a POST that was half sent at the signal end with 200 or 503",
  async (mode) => {
    for (
      const { args, status } of [
        { args: ["--drain-delay", "600ms"], status: 200 },
        { args: [], status: 503 },
      ]
    ) {
      await using server = await Midgard.start({ mode, args });
      using exchange = await HttpExchange.open(server.port);
      const text = requestText("POST /channels/half", {}, { body: "one half, the other half" });
      await exchange.write(text.slice(0, -10));
      // An answer on another connection proves that the half request has been taken in.
      await request(server.port, "GET /healthz");
      server.signal("SIGINT");
      await server.log.next(status === 200 ? "draining" : "closing");
      // Longer than any moment that a stop would take without the request.
      await sleep(200);
      await exchange.write(text.slice(-10));
      const outcome = await exchange.response();
      assert(outcome.kind === "response", `no answer: ${JSON.stringify(outcome)}`);
      assertEquals(outcome.response.status, status);
      assertStopped(await server.exit(), { clients: 0 });
    }
  },
);

forEachMode("stop answers every POST written before the signal", async (mode) => {
  await using server = await Midgard.start({ mode });
  const posters = await Promise.all(range(20).map(() => HttpExchange.open(server.port)));
  let signalledAtMs = Infinity;
  let answered = 0;
  const post = async (exchange: HttpExchange) => {
    while (true) {
      await exchange.write(requestText("POST /channels/posts", {}, { body: "x".repeat(200) }));
      const writtenAtMs = performance.now();
      const outcome = await exchange.response();
      if (outcome.kind === "response" && outcome.response.status === 200) answered++;
      else if (writtenAtMs < signalledAtMs) return assertUnavailable(outcome);
      else return;
    }
  };
  const posting = Promise.all(posters.map(post));
  await waitFor(() => answered > 1000, { what: "1000 answers" });
  signalledAtMs = performance.now();
  server.signal("SIGINT");
  await within(posting, { what: "every poster to be turned away" });
  for (const poster of posters) poster[Symbol.dispose]();
  assertStopped(await server.exit(), { clients: 0, received: 0 });
});
