import { assert, assertEquals } from "@std/assert";
import { ClientProcess } from "../helpers/client_process.ts";
import { assertProperClose, assertStopped, connectPeers } from "../helpers/expectations.ts";
import { kernelBufferBytes } from "../helpers/kernel_buffers.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range } from "../helpers/wait.ts";

const MESSAGE_BYTES = 50_000;
/**
 * More than the kernel buffers for a peer that does not read, so that a part waits in the server;
 * less than that and the 1 MiB which make a client too slow.
 */
const QUEUED_MESSAGES = Math.ceil((await kernelBufferBytes() + 400_000) / MESSAGE_BYTES);

/** Publishes numbered messages and returns when they are handed to every subscriber's queue. */
async function publishMany(port: number, count: number): Promise<void> {
  using publisher = await RawPeer.connect({
    port,
    path: "/channels/slow?echo=1",
    keepsMessages: false,
  });
  for (const index of range(count)) {
    await publisher.text(String(index).padEnd(MESSAGE_BYTES, "."));
    await publisher.until(({ messageCount }) => messageCount > index, { what: "an echo" });
  }
  await publisher.close(1000);
  await publisher.closed;
}

forEachMode("stop sends a slow reader all that is queued before the Close", async (mode) => {
  await using server = await Midgard.start({ mode });
  using reader = await RawPeer.connect({ port: server.port, path: "/channels/slow" });
  reader.pause();
  await publishMany(server.port, QUEUED_MESSAGES);
  server.signal("SIGINT");
  await server.log.next("closing");
  reader.resume(4_000_000);
  await assertProperClose(reader);
  assertEquals(
    reader.messages.map(({ payload }) => payload.length),
    range(QUEUED_MESSAGES).map(() => MESSAGE_BYTES),
  );
  assertStopped(await server.exit(), { clients: 1, closed_cleanly: 1, received: QUEUED_MESSAGES });
});

forEachMode("stop cuts a reader that is too slow for close-timeout, and logs it", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--close-timeout", "700ms"] });
  using reader = await RawPeer.connect({ port: server.port, path: "/channels/slow" });
  reader.pause();
  await publishMany(server.port, QUEUED_MESSAGES);
  reader.resume(4_000);
  const exit = await server.stop();
  assertStopped(exit, { clients: 1, closed_cleanly: 0, terminated: 1 });
  const { elapsedSinceSignalMs } = exit;
  assert(elapsedSinceSignalMs >= 700 && elapsedSinceSignalMs < 2000, `${elapsedSinceSignalMs} ms`);
  const warnings = server.log.lines.filter(({ level }) => level === "warning");
  assert(warnings.length >= 1, `no line tells of the client that was cut:\n${server.log}`);
});

forEachMode("stop does not let a frozen client with a full window delay others", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--close-timeout", "1s"] });
  await using frozen = await ClientProcess.start({ port: server.port, path: "/channels/slow" });
  frozen.freeze();
  await publishMany(server.port, QUEUED_MESSAGES);
  const peers = await connectPeers(server.port, 20);
  const signalledAtMs = performance.now();
  const exit = await server.stop("SIGTERM");
  for (const peer of peers) {
    await assertProperClose(peer);
    assert((await peer.closed).atMs - signalledAtMs < 500, "a healthy client had to wait");
  }
  assertStopped(exit, { signal: "SIGTERM", clients: 21, closed_cleanly: 20, terminated: 1 });
  assert(exit.elapsedSinceSignalMs < 2500, `the stop took ${exit.elapsedSinceSignalMs} ms`);
});
