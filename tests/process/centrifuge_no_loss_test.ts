/**
 * P1, P2 and P8 for clients of the Centrifuge protocol: whatever a client had published before it
 * answered our Close is in the log, whenever it began to speak, and is there once and in order.
 */
import { assert, assertEquals } from "@std/assert";
import { RawCentrifugePeer } from "../helpers/raw_centrifuge_peer.ts";
import {
  assertProperClose,
  assertSoundLog,
  assertStopped,
  medianAndMax,
  report,
  SHUTDOWN,
} from "../helpers/expectations.ts";
import { forEachMode, Midgard, type MidgardOptions, type Mode } from "../helpers/midgard.ts";
import { readLog } from "../helpers/publishers.ts";
import { inParallel, range, sleep } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";

const ROUNDS = 5;
const CLIENTS = 200;
/** One publish of each client at each tick: 100 a second, 20,000 in all. */
const TICK_MS = 10;
/** Clients that say their first word during the stop: some before our Close, some after it. */
const LATECOMERS = 40;
const FIRST_WORDS = 200;
/** From the signal to the line that says `draining` (SPEC 3, P8). */
const LONGEST_REACTION_MS = 250;
const KEEP_ALL = ["--history-size", "1000000"];

/** Who publishes where. */
interface Publisher {
  readonly peer: RawCentrifugePeer;
  readonly channel: string;
}

/** What one round showed. */
interface Round {
  readonly sent: number;
  readonly answered: number;
  readonly receivedWhileClosing: number;
  readonly reactionMs: number;
  readonly stopMs: number;
}

/** Publishes at each tick from every client that has not been told to stop. */
function startPublishing(publishers: readonly Publisher[]): { stop(): void } {
  let tick = 0;
  const timer = setInterval(() => {
    tick++;
    for (const [index, { peer, channel }] of publishers.entries()) {
      if (!peer.isClosing) void peer.send({ channel, publish: [`${index} ${tick}`] });
    }
  }, TICK_MS);
  return { stop: () => clearInterval(timer) };
}

/** Clients that have upgraded and said nothing; every other one will only say it after our Close. */
function openLatecomers(port: number): Promise<Publisher[]> {
  return inParallel(range(LATECOMERS), async (index) => {
    const channel = `late-${index}`;
    const beforeClose = (peer: RawCentrifugePeer) => {
      // Whoever has spoken already has nothing to add.
      if (index % 2 === 1) void peer.send(firstWords(channel));
    };
    return { peer: await RawCentrifugePeer.open({ port, beforeClose }), channel };
  });
}

/** Connect, and many publications, in one frame. */
function firstWords(channel: string) {
  return { connect: {}, channel, publish: range(FIRST_WORDS).map((index) => `${index}`) };
}

/** Lets one after the other speak, about a millisecond apart, unless our Close was faster. */
async function speakUp(latecomers: readonly Publisher[]): Promise<void> {
  for (const { peer, channel } of latecomers.filter((_, index) => index % 2 === 0)) {
    if (!peer.isClosing) void peer.send(firstWords(channel));
    // The behaviour is a frame at any moment of the stop.
    await sleep(1);
  }
}

/** Every publish that was sent is in the log of its channel, once and in the order of its client. */
async function assertAllStored(
  publishers: readonly Publisher[],
  options: MidgardOptions,
): Promise<number> {
  await using server = await Midgard.start(options);
  const channels = [...new Set(publishers.map(({ channel }) => channel))];
  let stored = 0;
  for (const channel of channels) {
    const { publications } = await readLog(server.port, channel);
    stored += publications.length;
    const found = Map.groupBy(publications, ({ data }) => String(data).split(" ")[0]!);
    const sent = Map.groupBy(
      publishers.filter((each) => each.channel === channel).flatMap(({ peer }) => peer.published),
      (data) => data.split(" ")[0]!,
    );
    for (const [client, expected] of sent) {
      assertEquals(found.get(client)?.map(({ data }) => String(data)), expected, channel);
    }
  }
  const sent = publishers.reduce((sum, { peer }) => sum + peer.published.length, 0);
  assertEquals(stored, sent, "publications in the log, and sent");
  return sent;
}

/** Starts a server, loads it, stops it at a random moment and settles the account. */
async function playRound(mode: Mode, channelOf: (index: number) => string): Promise<Round> {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path, args: KEEP_ALL };
  await using server = await Midgard.start(options);
  const steady = await inParallel(range(CLIENTS), async (index) => {
    const channel = channelOf(index);
    const isShared = channel.startsWith("shared");
    const peer = await RawCentrifugePeer.open({ port: server.port, keepsMessages: !isShared });
    await peer.send({ connect: {}, channel, subscribe: {} });
    await peer.raw.until(({ messageCount }) => messageCount > 0, { what: "the first replies" });
    return { peer, channel };
  });
  const latecomers = await openLatecomers(server.port);
  const publishing = startPublishing(steady);
  // The behaviour is a stop at any moment of a steady load.
  await sleep(300 + Math.random() * 300);
  const signalledAt = Date.now();
  const [exit] = await Promise.all([server.stop(), speakUp(latecomers)]);
  publishing.stop();
  const publishers = [...steady, ...latecomers];
  for (const { peer } of publishers) await assertProperClose(peer.raw, SHUTDOWN);
  const frames = publishers.reduce((sum, { peer }) => sum + peer.raw.sentBeforeClose, 0);
  assertStopped(exit, {
    clients: publishers.length,
    closed_cleanly: publishers.length,
    received: frames,
  });
  assertSoundLog(server);
  const replies = steady.flatMap(({ peer }) => peer.lines);
  assertEquals(replies.filter(({ error }) => error !== undefined), []);
  const [draining] = server.log.of("draining");
  return {
    sent: await assertAllStored(publishers, options),
    answered: replies.filter(({ publish }) => publish !== undefined).length,
    receivedWhileClosing: exit.stopped!.received_while_closing,
    reactionMs: new Date(draining!.time!).getTime() - signalledAt,
    stopMs: exit.elapsedSinceSignalMs,
  };
}

/** Plays all rounds, prints what was measured, and checks that the load was one. */
async function playRounds(mode: Mode, channelOf: (index: number) => string): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const _round of range(ROUNDS)) rounds.push(await playRound(mode, channelOf));
  const sum = (valueOf: (round: Round) => number) =>
    rounds.reduce((total, round) => total + valueOf(round), 0);
  const sent = sum((round) => round.sent);
  const whileClosing = sum(({ receivedWhileClosing }) => receivedWhileClosing);
  report(
    `${mode}: ${sent} published, ${sum(({ answered }) => answered)} answers seen, ` +
      `${whileClosing} frames while closing, none lost`,
  );
  report(`${mode}: signal to draining ${medianAndMax(rounds.map((round) => round.reactionMs))}`);
  report(`${mode}: signal to exit ${medianAndMax(rounds.map((round) => round.stopMs))}`);
  assert(sent > ROUNDS * CLIENTS * 10, `only ${sent} were published: that is no load`);
  assert(whileClosing > ROUNDS * LATECOMERS / 2, "nothing crossed a Close: this proves nothing");
  return rounds;
}

forEachMode(
  "stop loses no publish of 200 Centrifuge clients, nor of 40 that begin",
  async (mode) => {
    await playRounds(mode, (index) => `own-${index}`);
  },
);

forEachMode("stop acts within 250 ms and loses no publish under overload", async (mode) => {
  // Twenty clients on each channel: 400,000 deliveries a second are wanted, more than there can be.
  const rounds = await playRounds(mode, (index) => `shared-${index % 10}`);
  const reactionsMs = rounds.map(({ reactionMs }) => reactionMs).sort((a, b) => a - b);
  const medianMs = reactionsMs[Math.floor(reactionsMs.length / 2)] ?? Infinity;
  assert(medianMs <= LONGEST_REACTION_MS, `draining was logged after ${medianMs} ms`);
});
