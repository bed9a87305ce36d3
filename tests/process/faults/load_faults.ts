/** Too much of it: readers that stand still under a burst, publishers that flood, all coming back. */
import { assert, assertEquals } from "@std/assert";
import { assertStopped, connectPeers } from "../../helpers/expectations.ts";
import { encodeFrame, OPCODE } from "../../helpers/frames.ts";
import { freePort } from "../../helpers/free_port.ts";
import { request } from "../../helpers/http.ts";
import { Midgard, type Mode } from "../../helpers/midgard.ts";
import { Publishers, readLog } from "../../helpers/publishers.ts";
import { RawPeer } from "../../helpers/raw_peer.ts";
import { SseReader } from "../../helpers/sse_reader.ts";
import { range } from "../../helpers/wait.ts";
import { DataFolder } from "../durable_files.ts";
import type { FaultTable } from "./fault_table.ts";
import { memoryOf, Pair } from "./server_process.ts";

const READERS = 40;
const BURST_BYTES = 50_000;
const BURSTS = 20;
/** So many at once: 2.5 MB, more than may wait for one reader, so who keeps up must not wait. */
const BURST = 50;
/**
 * What a burst may take: 1 MiB for each reader that stands still, twice, and as much again as the
 * collector of garbage leaves lying about. Without a bound the readers alone would take 2 GB.
 */
const BURST_MIB = 2 * READERS + 300;

/** Publishes as fast as can be until so many have been acknowledged altogether. */
async function publishBurst(publishers: Publishers, port: number, count: number): Promise<void> {
  const publishing = publishers.run(port);
  await publishers.until(({ acknowledged }) => acknowledged >= count, { what: "the burst" });
  publishers.stop();
  await publishing;
}

async function burst(mode: Mode): Promise<string> {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  const stuck = await connectPeers(port, READERS, () => ({ path: "/channels/burst" }));
  for (const peer of stuck) peer.pause();
  using healthy = await RawPeer.connect({ port, path: "/channels/burst", keepsMessages: false });
  const before = memoryOf(server);
  const publishers = new Publishers({ count: 8, channels: ["burst"], padding: BURST_BYTES });
  for (const index of range(BURSTS)) {
    await publishBurst(publishers, port, (index + 1) * BURST);
    await healthy.until(({ messageCount }) => messageCount === publishers.acknowledged, {
      what: "all of the burst",
    });
  }
  assertEquals(publishers.refused, 0);
  const grownMiB = memoryOf(server).peakMiB - before.nowMiB;
  assert(grownMiB < BURST_MIB, `${grownMiB} MiB more for a burst`);
  for (const peer of stuck) peer.resume();
  await Promise.all(stuck.map((peer) => peer.closed));
  assertEquals(stuck.map(({ closeFrames }) => closeFrames[0]?.code), stuck.map(() => 1013));
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
  const burstMiB = Math.round(publishers.acknowledged * BURST_BYTES / 2 ** 20);
  return `${burstMiB} MiB for ${READERS} stuck readers: memory +${grownMiB} MiB, ${READERS} told 1013`;
}

const FLOODERS = 20;
const FLOOD = 4_000;
/** A flood is 80,000 frames of 500 bytes: 40 MB that come faster than they can be handed out. */
const FLOOD_FRAME = encodeFrame(OPCODE.text, "f".repeat(500));
const FLOOD_MIB = 400;

/** Asks how the server is, again and again until `work` is done; the slowest answer in ms. */
async function slowestHealth(port: number, work: Promise<unknown>): Promise<number> {
  let isDone = false;
  const end = work.finally(() => isDone = true);
  let slowestMs = 0;
  while (!isDone) {
    const askedAt = performance.now();
    assertEquals((await request(port, "GET /healthz")).status, 200);
    slowestMs = Math.max(slowestMs, performance.now() - askedAt);
  }
  await end;
  return Math.round(slowestMs);
}

async function flood(mode: Mode): Promise<string> {
  await using server = await Midgard.start({ mode, args: ["--history-size", "100000"] });
  const { port } = server;
  const options = { path: "/channels/flood", keepsMessages: false };
  const readers = await connectPeers(port, 5, () => options);
  const flooders = await connectPeers(port, FLOODERS, () => options);
  const before = memoryOf(server);
  for (const peer of flooders) {
    void peer.send(repeated(FLOOD_FRAME, FLOOD), { messages: FLOOD });
  }
  const total = FLOODERS * FLOOD;
  const all = readers.map((peer) =>
    peer.until(({ messageCount }) => messageCount === total, {
      what: "all of the flood",
      deadlineMs: 30_000,
    })
  );
  const slowestMs = await slowestHealth(port, Promise.all(all));
  const grownMiB = memoryOf(server).peakMiB - before.nowMiB;
  assert(grownMiB < FLOOD_MIB, `${grownMiB} MiB more for a flood`);
  assert(slowestMs < 1_000, `an answer took ${slowestMs} ms`);
  assertEquals((await readLog(port, "flood")).top, total);
  const clients = FLOODERS + readers.length;
  assertStopped(await server.stop(), { clients, closed_cleanly: clients, received: total });
  return `${total} of ${total} stored and delivered, slowest /healthz ${slowestMs} ms, ` +
    `memory +${grownMiB} MiB`;
}

function repeated(bytes: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(bytes.length * count);
  for (const index of range(count)) all.set(bytes, index * bytes.length);
  return all;
}

const STORM = 600;
const CHANNEL = "storm";

/** Publishes so many, one after the other. */
async function publish(port: number, count: number): Promise<void> {
  for (const index of range(count)) {
    assertEquals(
      (await request(port, `POST /channels/${CHANNEL}`, { body: `${index}` })).status,
      200,
    );
  }
}

async function subscribeStorm(mode: Mode): Promise<string> {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path, args: ["--port", `${freePort()}`] };
  const readers = range(STORM).map(() => new SseReader({ channel: CHANNEL, query: "since=0" }));
  {
    await using server = await Midgard.start(options);
    const reading = readers.map((reader) => reader.read(server.port));
    await publish(server.port, 20);
    await Promise.all(readers.map((reader) => readUntil(reader, 20)));
    await server.stop("SIGKILL");
    await Promise.all(reading);
  }
  await using server = await Midgard.start(options);
  const { port } = server;
  using pair = await Pair.connect(server);
  const startedAt = performance.now();
  // All in one instant, without the spread that clients of the field have.
  const reading = readers.map((reader) => reader.read(port));
  await pair.during(publish(port, 20));
  await Promise.all(readers.map((reader) => readUntil(reader, 40)));
  const ms = Math.round(performance.now() - startedAt);
  for (const { offsets } of readers) assertEquals(offsets, range(40).map((index) => index + 1));
  pair.assertOpen();
  assertStopped(await server.stop(), { clients: STORM + 2, closed_cleanly: STORM + 2 });
  await Promise.all(reading);
  return `${STORM} of ${STORM} resumed in ${ms} ms, 0 lost, 0 repeated`;
}

function readUntil(reader: SseReader, offset: number): Promise<void> {
  const what = `offset ${offset}`;
  return reader.until(({ position }) => position.offset === offset, { what, deadlineMs: 20_000 });
}

/** Registers them. */
export function addLoadFaults(table: FaultTable): void {
  table.add({
    name: "20 bursts of publications while 40 readers stand still",
    outcome: "memory grows by less than 400 MiB, who keeps up gets all, who does not is told 1013",
  }, burst);
  table.add({
    name: "20 publishers that flood a channel and wait for nothing",
    outcome:
      "all is stored and delivered, memory grows by less than 400 MiB, `/healthz` answers within 1 s",
  }, flood);
  table.add({
    name: "600 readers that come back in one instant after `kill -9`",
    outcome: "each gets what it missed once and in order, others go on",
  }, subscribeStorm);
}
