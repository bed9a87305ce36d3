/** What waits for all clients together is bounded: the largest queues go, and publishers wait. */
import { assert, assertEquals } from "@std/assert";
import { Configured } from "../helpers/configured.ts";
import { assertProperClose } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { kernelBufferBytes } from "../helpers/kernel_buffers.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range, waitFor } from "../helpers/wait.ts";

const BODY = "x".repeat(60_000);
const KERNEL_BODIES = Math.ceil(await kernelBufferBytes() / BODY.length);
const TOO_SLOW = { code: 1013, reason: "too slow" };

async function publish(port: number, channel: string): Promise<number> {
  return (await request(port, `POST /channels/${channel}`, { body: BODY })).status;
}

forEachMode("the largest queues are closed when too much waits for all", async (mode) => {
  const client = { total_queue_max_size: 4_000_000, queue_max_size: 100_000_000 };
  await using site = await Configured.start(mode, { client });
  const { port, log } = site.server;
  const stuck = await Promise.all(
    range(3).map(() => RawPeer.connect({ port, path: "/channels/much" })),
  );
  using little = await RawPeer.connect({ port, path: "/channels/little" });
  using reader = await RawPeer.connect({ port, path: "/channels/much", keepsMessages: false });
  for (const peer of [...stuck, little]) peer.pause();
  assertEquals(await publish(port, "little"), 200);
  let published = 0;
  await waitFor(async () => {
    const status = await publish(port, "much");
    // All of it may have come between two looks.
    if (status === 503) return log.of("queues_cut").length > 0;
    published += 1;
    await reader.until(({ messageCount }) => messageCount >= published, { what: "a message" });
    return log.of("queues_cut").length > 0 || published > KERNEL_BODIES * 3 + 300;
  }, { deadlineMs: 30_000, what: "the largest queues to be closed" });
  const [cut] = log.of("queues_cut");
  assertEquals(cut?.level, "warning");
  assert(Number(cut?.bytes) > 3_000_000 && Number(cut?.clients) < 4, JSON.stringify(cut));
  for (const peer of [...stuck, little]) peer.resume();
  const closed = await waitFor(() => {
    const closed = stuck.filter(({ closeFrames }) => closeFrames.length > 0);
    return closed.length >= Number(cut?.clients) ? closed : undefined;
  }, { what: "the Close of those who had to go" });
  for (const peer of closed) await assertProperClose(peer, TOO_SLOW);
  await little.until(({ messageCount }) => messageCount === 1, { what: "what waited for it" });
  assertEquals([little.closeFrames.length, reader.closeFrames.length], [0, 0]);
  assertEquals((await site.server.stop()).code, 0);
  for (const peer of stuck) peer.abort();
});

forEachMode("publishers get 503 while more waits than may, and 200 again", async (mode) => {
  const client = { total_queue_max_size: 1_000_000, queue_max_size: 100_000_000 };
  await using site = await Configured.start(mode, { client });
  const { port } = site.server;
  const stuck = await Promise.all(
    range(40).map(() => RawPeer.connect({ port, path: "/channels/crowd" })),
  );
  for (const peer of stuck) peer.pause();
  let published = 0;
  await waitFor(async () => {
    published += 1;
    return await publish(port, "crowd") === 503 || published > KERNEL_BODIES * 3 + 300;
  }, { deadlineMs: 30_000, what: "a publisher to be turned away" });
  const refused = await request(port, "POST /channels/other", { body: "x" });
  assertEquals([refused.status, JSON.parse(refused.body).error.code], [503, "overloaded"]);
  for (const peer of stuck) peer.resume();
  await waitFor(async () => await publish(port, "other") === 200, { what: "publishing to go on" });
  for (const peer of stuck) peer.abort();
  assertEquals((await site.server.stop()).code, 0);
});
