/**
 * P4 at the seam: who joins in the middle of publishing gets what is in the log and then what comes
 * live, with no gap and no repeat in between, however slowly it reads.
 */
import { assert, assertEquals } from "@std/assert";
import { assertStopped, connectPeers, report } from "../helpers/expectations.ts";
import { textOf } from "../helpers/frames.ts";
import { request } from "../helpers/http.ts";
import { kernelBufferBytes } from "../helpers/kernel_buffers.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { Publishers, readLog } from "../helpers/publishers.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { range } from "../helpers/wait.ts";

const CHANNEL = "joined";

/** Sockets that make handing out take more than one turn, so that joins fall in between. */
const BYSTANDERS = 40;
const JOINS = 200;
/** Publications behind the top that a join may ask for at most. */
const FARTHEST = 1_500;
/** Publications past the top of the moment that each join waits for: those come live. */
const LIVE = 30;

/** Joins at a random place before the top and reads some way past it. */
async function joinStream(port: number): Promise<number> {
  const page = JSON.parse((await request(port, `GET /channels/${CHANNEL}?limit=1&reverse=1`)).body);
  const since = Math.max(0, page.offset - Math.floor(Math.random() * FARTHEST));
  const byId = Math.random() < 0.5;
  const reader = byId
    ? new SseReader({ channel: CHANNEL, lastEventId: `${page.epoch}:${since}` })
    : new SseReader({ channel: CHANNEL, query: `since=${since}` });
  const reading = reader.read(port);
  const goal = page.offset + LIVE;
  await reader.until(({ position }) => position.offset >= goal, { what: "what comes live" });
  reader.close();
  await reading;
  assertEquals(reader.resets, []);
  const expected = range(reader.offsets.length).map((index) => since + 1 + index);
  assertEquals(reader.offsets, expected, "the offsets of a join");
  return reader.offsets.length;
}

/** Joins again and again, ten at a time, while 16 publishers publish to a crowd. */
async function joinUnderLoad<T>(port: number, join: () => Promise<T>): Promise<T[]> {
  const options = { path: `/channels/${CHANNEL}`, keepsMessages: false };
  const bystanders = await connectPeers(port, BYSTANDERS, () => options);
  const publishers = new Publishers({ count: 16, channels: [CHANNEL] });
  const publishing = publishers.run(port);
  await publishers.until(({ acknowledged }) => acknowledged > 2_000, { what: "a beginning" });
  const joins: T[] = [];
  let begun = 0;
  await Promise.all(
    range(10).map(async () => {
      while (begun++ < JOINS) joins.push(await join());
    }),
  );
  publishers.stop();
  await publishing;
  const { acknowledged } = publishers;
  for (const peer of bystanders) {
    await peer.until(({ messageCount }) => messageCount === acknowledged, { what: "the crowd" });
  }
  return joins;
}

forEachMode("200 joins over SSE while publishing see no gap and no repeat", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--history-size", "1000000"] });
  const counts = await joinUnderLoad(server.port, () => joinStream(server.port));
  const read = counts.reduce((sum, count) => sum + count, 0);
  const { top } = await readLog(server.port, CHANNEL);
  report(`${mode}: ${JOINS} joins read ${read} publications while ${top} came in`);
  assertStopped(await server.stop(), { clients: BYSTANDERS, closed_cleanly: BYSTANDERS });
});

/** More than is handed over in one page, so that several must fit together. */
const LONGEST_HISTORY = 700;

/** What one join over WebSocket asked for and got. */
interface Join {
  readonly history: number;
  /** The top just before and just after the handshake. */
  readonly topBefore: number;
  readonly topAfter: number;
  readonly messages: readonly string[];
}

async function topOf(port: number): Promise<number> {
  return JSON.parse((await request(port, `GET /channels/${CHANNEL}?limit=1`)).body).offset;
}

async function joinSocket(port: number): Promise<Join> {
  const history = Math.floor(Math.random() * LONGEST_HISTORY);
  const topBefore = await topOf(port);
  using peer = await RawPeer.connect({ port, path: `/channels/${CHANNEL}?history=${history}` });
  const topAfter = await topOf(port);
  await peer.until(({ messageCount }) => messageCount >= history + LIVE, { what: "messages" });
  return { history, topBefore, topAfter, messages: peer.messages.map(textOf) };
}

/** What a join got is one piece of the log, and begins `history` before the top of the moment. */
function assertPieceOf(log: readonly string[], join: Join): void {
  const { history, topBefore, topAfter, messages } = join;
  const first = log.indexOf(messages[0]!);
  assertEquals(messages, log.slice(first, first + messages.length), "a piece of the log");
  const [earliest, latest] = [topBefore - history, topAfter - history];
  assert(first >= earliest && first <= latest, `${first} is not in ${earliest} to ${latest}`);
}

forEachMode("200 joins with history=N while publishing see no gap and no repeat", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--history-size", "1000000"] });
  const joins = await joinUnderLoad(server.port, () => joinSocket(server.port));
  const { publications } = await readLog(server.port, CHANNEL);
  const log = publications.map(({ data }) => String(data));
  for (const each of joins) assertPieceOf(log, each);
  const messages = joins.reduce((sum, { messages }) => sum + messages.length, 0);
  report(`${mode}: ${joins.length} joins got ${messages} messages while ${log.length} came in`);
  assertEquals((await server.stop()).code, 0);
});

/** As large as a publication may be, nearly: a few hundred are more than the kernel takes. */
const LARGE = "x".repeat(60_000);
const READERS = 6;

/** Publishes numbered bodies one after the other, each ending in `tail`. */
async function publish(port: number, numbers: readonly number[], tail: string): Promise<void> {
  for (const number of numbers) {
    const body = `${number} ${tail}`;
    const { status } = await request(port, `POST /channels/${CHANNEL}`, { body });
    assertEquals(status, 200);
  }
}

forEachMode("a slow join misses nothing that is published while it reads", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  // What the kernel takes, what the server may queue, and as much again: but one page of history.
  const count = Math.ceil((await kernelBufferBytes() + 2 * 1_048_576) / LARGE.length) + 20;
  assert(count < 250, `the kernel takes as much as ${count} publications`);
  await publish(port, range(count), LARGE);
  const streams = range(READERS).map(() => new SseReader({ channel: CHANNEL, query: "since=0" }));
  const reading = streams.map((stream) => stream.read(port));
  const path = `/channels/${CHANNEL}?history=${count}`;
  const peers = await connectPeers(port, READERS, () => ({ path }));
  for (const reader of [...streams, ...peers]) reader.pause();
  for (const stream of streams) {
    await stream.until(({ hasBegun }) => hasBegun, { what: "the stream to begin" });
  }
  const total = count + 100;
  await publish(port, range(100).map((index) => count + index), "live");
  const numbers = range(total).map((index) => `${index}`);
  for (const stream of streams) {
    stream.resume();
    await stream.until(({ position }) => position.offset === total, { what: "all of it" });
    assertEquals(stream.data.map((data) => data.split(" ")[0]), numbers);
  }
  for (const peer of peers) {
    peer.resume();
    await peer.until(({ messageCount }) => messageCount >= total, { what: "all of it" });
    assertEquals(peer.messages.map((frame) => textOf(frame).split(" ")[0]), numbers);
  }
  const clients = 2 * READERS;
  assertStopped(await server.stop(), { clients, closed_cleanly: clients, terminated: 0 });
  await Promise.all(reading);
});
