import { assert, assertEquals } from "@std/assert";
import {
  assertProperClose,
  assertSoundLog,
  assertStopped,
  connectPeers,
} from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range, sleep } from "../helpers/wait.ts";

/** A second signal forces from this age of the first one on (SPEC 3, P7). */
const FORCE_AFTER_MS = 500;

for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  forEachMode(`${name} stops with code 0 and names itself`, async (mode) => {
    await using server = await Midgard.start({ mode });
    const peers = await connectPeers(server.port, 3);
    assertStopped(await server.stop(name), { signal: name, clients: 3, closed_cleanly: 3 });
    for (const peer of peers) await assertProperClose(peer);
    assertSoundLog(server);
  });

  forEachMode(`${name} a second time after 500 ms forces at once with ${code}`, async (mode) => {
    await using server = await Midgard.start({ mode });
    using peer = await RawPeer.connect({ port: server.port, closeReply: { kind: "never" } });
    server.signal(name);
    await server.log.next("closing");
    // The behaviour is the age of the first signal.
    await sleep(FORCE_AFTER_MS + 50);
    const exit = await server.stop(name);
    assertEquals(exit.code, code);
    assertEquals(exit.stopped, undefined, "a forced stop did not stop, and says nothing of it");
    assert(exit.elapsedSinceLastSignalMs < 200, `${exit.elapsedSinceLastSignalMs} ms`);
    assertEquals(server.log.invalid, []);
    await peer.closed;
    assertEquals(peer.closeFrames.map(({ code }) => code), [1001]);
  });
}

forEachMode("SIGINT a second time within 500 ms changes nothing", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--close-timeout", "1s"] });
  using peer = await RawPeer.connect({ port: server.port, closeReply: { kind: "never" } });
  server.signal("SIGINT");
  // The behaviour is time: the latest moment that is safely below 500 ms on a busy machine.
  for (const name of ["SIGINT", "SIGTERM", "SIGINT"] as const) {
    await sleep(100);
    server.signal(name);
  }
  const exit = await server.exit();
  assertStopped(exit, { signal: "SIGINT", clients: 1, terminated: 1 });
  assertSoundLog(server);
  assert(exit.elapsedSinceSignalMs >= 1000, "the stop was cut short");
  await peer.closed;
});

forEachMode("SIGHUP without a terminal does not stop the server", async (mode) => {
  await using server = await Midgard.start({ mode });
  using peer = await RawPeer.connect({ port: server.port, path: "/channels/hup?echo=1" });
  server.signal("SIGHUP");
  server.signal("SIGHUP");
  await server.log.next("reload");
  await peer.text("still there");
  await peer.until(({ messageCount }) => messageCount === 1, { what: "the echo" });
  assertEquals((await request(server.port, "GET /readyz")).status, 200);
  assertStopped(await server.stop("SIGTERM"), { signal: "SIGTERM", clients: 1, closed_cleanly: 1 });
});

forEachMode("a storm of 100 signals is one stop", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--close-timeout", "300ms"] });
  const peers = await connectPeers(server.port, 20);
  using _stalled = await RawPeer.connect({ port: server.port, closeReply: { kind: "never" } });
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const index of range(100)) {
    server.signal(names[index % 3]!);
    if (index % 2 === 1) await sleep(1);
  }
  const exit = await server.exit();
  assertStopped(exit, { clients: 21, closed_cleanly: 20, terminated: 1 });
  assertSoundLog(server);
  for (const peer of peers) await assertProperClose(peer);
});

forEachMode("a storm of signals beyond the end of the stop changes nothing", async (mode) => {
  // A stop without clients ends within milliseconds: signals arrive up to the last instruction.
  for (const _round of range(5)) {
    await using server = await Midgard.start({ mode });
    let isGone = false;
    const exited = server.exited.then((exit) => {
      isGone = true;
      return exit;
    });
    for (let sent = 0; sent < 200 && !isGone; sent++) {
      trySignal(server, "SIGINT");
      await sleep(0);
    }
    assertStopped(await exited, { signal: "SIGINT", clients: 0 });
  }
});

forEachMode("signals that pile up while the process stands still count as one", async (mode) => {
  // In place of a handler that blocks the event loop: SIGSTOP holds the whole process, and what is
  // sent meanwhile is delivered in one go, just as after a long synchronous stretch.
  await using server = await Midgard.start({ mode });
  const peers = await connectPeers(server.port, 5);
  server.signal("SIGSTOP");
  for (const name of ["SIGINT", "SIGTERM", "SIGINT"] as const) {
    server.signal(name);
    await sleep(FORCE_AFTER_MS / 2 + 50);
  }
  server.signal("SIGCONT");
  assertStopped(await server.exit(), { clients: 5, closed_cleanly: 5 });
  for (const peer of peers) await assertProperClose(peer);
  assertSoundLog(server);
});

forEachMode("SIGINT before the server is ready ends it cleanly", async (mode) => {
  for (const delayMs of [5, 15, 30, 45, 60]) {
    await using server = Midgard.spawn({ mode });
    // The behaviour is a signal at some moment of the start.
    await sleep(delayMs);
    trySignal(server, "SIGINT");
    const { code, signal } = await server.exit();
    // Until the program has installed its listeners, the system's default ends it.
    assert(code === 0 || signal === "SIGINT", `code ${code} after ${delayMs} ms:\n${server.log}`);
  }
});

/** Signals a process that may have gone in this very moment. */
function trySignal(server: Midgard, name: Deno.Signal): void {
  try {
    server.signal(name);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
