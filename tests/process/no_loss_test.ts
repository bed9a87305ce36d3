/**
 * P2 and P8 from outside: whatever a client had sent before it answered our Close was processed,
 * counted to the last message, under load. The clients count what they wrote, the server counts
 * what it received, and the two numbers must be the same.
 */
import { assert, assertEquals } from "@std/assert";
import { Authority } from "../helpers/authority.ts";
import {
  assertProperClose,
  assertSoundLog,
  assertStopped,
  connectPeers,
  medianAndMax,
  report,
} from "../helpers/expectations.ts";
import { forEachMode, Midgard, type Mode } from "../helpers/midgard.ts";
import type { RawPeer } from "../helpers/raw_peer.ts";
import { range, sleep } from "../helpers/wait.ts";

const ROUNDS = 10;
const CLIENTS = 200;
/** One message of each client at each tick: 100 a second, 20,000 in all. */
const TICK_MS = 10;
const PAYLOAD = "0123456789".repeat(10);
/** From the signal to the line that says `draining` (SPEC 3, P8). */
const LONGEST_REACTION_MS = 250;

/** Who speaks where. */
interface Cast {
  readonly channelOf: (index: number) => string;
  /** Signs the server's certificate, for a play over TLS. */
  readonly authority?: Authority;
  readonly rounds?: number;
}

/** What one round showed. */
interface Round {
  readonly sent: number;
  readonly receivedWhileClosing: number;
  readonly reactionMs: number;
  readonly stopMs: number;
}

/** Sends at each tick from every peer that has not been told to stop (RFC 6455 5.5.1). */
function startSending(peers: readonly RawPeer[]): { stop(): void } {
  const timer = setInterval(() => {
    for (const peer of peers) {
      if (peer.closeFrames.length === 0) void peer.text(PAYLOAD);
    }
  }, TICK_MS);
  return { stop: () => clearInterval(timer) };
}

/** Starts a server, loads it, stops it at a random moment and settles the account. */
async function playRound(mode: Mode, { channelOf, authority }: Cast): Promise<Round> {
  const args = (await authority?.issue())?.args ?? [];
  const tls = authority && { caText: authority.caText };
  await using server = await Midgard.start({ mode, args });
  const peers = await connectPeers(server.port, CLIENTS, (index) => ({
    ...(tls !== undefined && { tls }),
    path: `/channels/${channelOf(index)}`,
    keepsMessages: false,
  }));
  const sending = startSending(peers);
  // The behaviour is a stop at any moment of a steady load.
  await sleep(300 + Math.random() * 300);
  const signalledAt = Date.now();
  const exit = await server.stop();
  sending.stop();
  for (const peer of peers) await assertProperClose(peer);
  const sent = peers.reduce((sum, { sentBeforeClose }) => sum + sentBeforeClose, 0);
  assertStopped(exit, { clients: CLIENTS, closed_cleanly: CLIENTS, terminated: 0, received: sent });
  assertSoundLog(server);
  const [draining] = server.log.of("draining");
  return {
    sent,
    receivedWhileClosing: exit.stopped!.received_while_closing,
    reactionMs: new Date(draining!.time!).getTime() - signalledAt,
    stopMs: exit.elapsedSinceSignalMs,
  };
}

/** Plays all rounds, prints what was measured, and checks that the load was one. */
async function playRounds(mode: Mode, cast: Cast): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const _round of range(cast.rounds ?? ROUNDS)) rounds.push(await playRound(mode, cast));
  const sent = rounds.reduce((sum, round) => sum + round.sent, 0);
  const whileClosing = rounds.reduce((sum, round) => sum + round.receivedWhileClosing, 0);
  report(`${mode}: ${sent} messages, ${whileClosing} of them while closing, none lost`);
  report(`${mode}: signal to draining ${medianAndMax(rounds.map((round) => round.reactionMs))}`);
  report(`${mode}: signal to exit ${medianAndMax(rounds.map((round) => round.stopMs))}`);
  assert(sent > rounds.length * CLIENTS * 10, `only ${sent} messages were sent: that is no load`);
  assert(whileClosing > 0, "no message crossed a Close: the test proves nothing");
  return rounds;
}

forEachMode("stop loses no message of 200 clients that send 100 a second", async (mode) => {
  await playRounds(mode, { channelOf: (index) => `own-${index}` });
});

forEachMode("stop acts within 250 ms and loses nothing under overload", async (mode) => {
  // Twenty clients on each channel: 380,000 deliveries a second are wanted, more than there can be.
  assertPrompt(await playRounds(mode, { channelOf: (index) => `shared-${index % 10}` }));
});

forEachMode("over TLS a stop acts within 250 ms as well, and loses nothing", async (mode) => {
  await using authority = await Authority.create();
  const channelOf = (index: number) => `shared-${index % 10}`;
  assertPrompt(await playRounds(mode, { channelOf, authority, rounds: 5 }));
});

/** The median: whatever else this machine does must not fail the test, a growing turn would. */
function assertPrompt(rounds: readonly Round[]): void {
  const reactionsMs = rounds.map(({ reactionMs }) => reactionMs).sort((a, b) => a - b);
  const medianMs = reactionsMs[Math.floor(reactionsMs.length / 2)] ?? Infinity;
  assert(medianMs <= LONGEST_REACTION_MS, `draining was logged after ${medianMs} ms`);
}

/** Everybody sends on after the server's Close, and all of it is processed. */
async function playTails(mode: Mode, authority?: Authority): Promise<void> {
  const args = (await authority?.issue())?.args ?? [];
  const tls = authority && { caText: authority.caText };
  await using server = await Midgard.start({ mode, args });
  const peers = await connectPeers(server.port, 100, (index) => ({
    ...(tls !== undefined && { tls }),
    path: `/channels/tail-${index}`,
    closeReply: { kind: "custom", reply: (peer) => void sendTail(peer) },
  }));
  const exit = await server.stop();
  for (const peer of peers) await assertProperClose(peer);
  assertEquals(peers.map(({ sentBeforeClose }) => sentBeforeClose), range(100).map(() => 20));
  assertStopped(exit, { closed_cleanly: 100, received: 2000, received_while_closing: 2000 });
}

forEachMode("stop processes what each client sends until its own Close", async (mode) => {
  await playTails(mode);
});

forEachMode("over TLS a stop processes it until then as well", async (mode) => {
  await using authority = await Authority.create();
  await playTails(mode, authority);
});

/** Twenty messages over 200 ms after the server's Close, and only then the answer to it. */
async function sendTail(peer: RawPeer): Promise<void> {
  for (const index of range(20)) {
    await peer.text(`tail ${index}`);
    await sleep(TICK_MS);
  }
  await peer.close(1001);
}
