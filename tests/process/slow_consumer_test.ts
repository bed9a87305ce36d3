import { assertEquals } from "@std/assert";
import { assertProperClose, assertStopped } from "../helpers/expectations.ts";
import { kernelBufferBytes } from "../helpers/kernel_buffers.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range } from "../helpers/wait.ts";

const MESSAGE_BYTES = 50_000;
/** What the kernel takes, and twice the 1 MiB that the server keeps for a client. */
const TOO_MANY_MESSAGES = Math.ceil((await kernelBufferBytes() + 2_097_152) / MESSAGE_BYTES);
const TOO_SLOW = { code: 1013, reason: "too slow" };

forEachMode("a consumer that does not read is closed with 1013, others are not", async (mode) => {
  await using server = await Midgard.start({ mode });
  const path = "/channels/flood";
  using stuck = await RawPeer.connect({ port: server.port, path });
  using healthy = await RawPeer.connect({ port: server.port, path, keepsMessages: false });
  using publisher = await RawPeer.connect({ port: server.port, path, keepsMessages: false });
  stuck.pause();
  for (const index of range(TOO_MANY_MESSAGES)) {
    await publisher.text(`${index}`.padEnd(MESSAGE_BYTES));
    await healthy.until(({ messageCount }) => messageCount > index, { what: "a message" });
  }
  stuck.resume();
  await assertProperClose(stuck, TOO_SLOW);
  const numbers = stuck.messages.map(({ payload }) =>
    parseInt(new TextDecoder().decode(payload.subarray(0, 10)))
  );
  // What it was sent before it was given up is whole and in order.
  assertEquals(numbers, range(numbers.length));
  assertEquals([healthy.closeFrames.length, publisher.closeFrames.length], [0, 0]);
  assertStopped(await server.stop(), {
    clients: 2,
    closed_cleanly: 2,
    received: TOO_MANY_MESSAGES,
  });
});

forEachMode("a consumer that reads is never too slow for a burst", async (mode) => {
  // 3 MB in one go: more than may wait for one client, but nothing has to wait for this one.
  await using server = await Midgard.start({ mode });
  const path = "/channels/burst";
  using reader = await RawPeer.connect({ port: server.port, path, keepsMessages: false });
  using publisher = await RawPeer.connect({ port: server.port, path, keepsMessages: false });
  const written = range(60).map(() => publisher.text("x".repeat(MESSAGE_BYTES)));
  await reader.until(({ messageCount }) => messageCount === 60, { what: "the whole burst" });
  await Promise.all(written);
  assertStopped(await server.stop(), { clients: 2, closed_cleanly: 2, received: 60 });
});
