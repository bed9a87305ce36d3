/** The server itself stands still: while it serves, and while it stops. */
import { assert, assertEquals } from "@std/assert";
import {
  assertProperClose,
  assertStopped,
  connectPeers,
  SHUTDOWN,
} from "../../helpers/expectations.ts";
import { Midgard, type Mode, type RunningMidgard } from "../../helpers/midgard.ts";
import { RawCentrifugePeer } from "../../helpers/raw_centrifuge_peer.ts";
import type { RawPeer } from "../../helpers/raw_peer.ts";
import { inParallel, range, sleep, waitFor, within } from "../../helpers/wait.ts";
import { DataFolder } from "../durable_files.ts";
import type { FaultTable } from "./fault_table.ts";

/** Pings so often, and so little time for an answer, that the stall is ten times that. */
const CONFIG = { client: { insecure: true, ping_interval: "2s", pong_timeout: "1s" } };
const CLIENTS = 60;
const STALL_MS = 10_000;
/** Late enough that some pings wait for their answer at any moment. */
const PONG_DELAY_MS = 400;

const isPing = (line: object) => Object.keys(line).length === 0;

/** Answers each ping after a while, until the connection ends. */
async function answerPings(peer: RawCentrifugePeer): Promise<void> {
  const pings = () => peer.lines.filter(isPing).length;
  for (let answered = 0;; answered++) {
    const waiting = { what: "a ping", deadlineMs: 60_000 };
    const isPinged = await peer.raw.until(() => pings() > answered, waiting)
      .then(() => true, () => false);
    if (!isPinged) return;
    await sleep(PONG_DELAY_MS);
    await peer.raw.text("{}");
  }
}

function owesPong({ lines, raw }: RawCentrifugePeer): boolean {
  // Its first message was the connect command.
  return lines.filter(isPing).length > raw.sentBeforeClose - 1;
}

async function connectClient(port: number): Promise<RawCentrifugePeer> {
  const peer = await RawCentrifugePeer.open({ port });
  await peer.connect();
  return peer;
}

async function startServer(mode: Mode, { path }: DataFolder): Promise<RunningMidgard> {
  await Deno.writeTextFile(`${path}/midgard.json`, JSON.stringify(CONFIG));
  return await Midgard.start({ mode, cwd: path, args: ["--config", "midgard.json"] });
}

async function standsStill(mode: Mode): Promise<string> {
  await using folder = new DataFolder();
  await using server = await startServer(mode, folder);
  const { port } = server;
  const plain = await connectPeers(port, CLIENTS, () => ({ path: "/channels/plain?echo=1" }));
  const clients = await inParallel(range(CLIENTS), () => connectClient(port));
  const answering = clients.map(answerPings);
  const waiting = () => clients.filter((peer) => owesPong(peer)).length;
  await waitFor(() => waiting() >= CLIENTS / 6, { what: "pings that wait for their answer" });
  const owing = waiting();
  server.signal("SIGSTOP");
  for (const peer of plain) await peer.text("sent during the stall");
  for (const [index, peer] of clients.entries()) {
    await peer.send({ channel: "stall", publish: [`${index}`] });
  }
  await sleep(STALL_MS);
  const continuedAt = performance.now();
  server.signal("SIGCONT");
  const replies = clients.map((peer) => peer.line("the reply", (line) => line.publish));
  await Promise.all(replies);
  await Promise.all(
    plain.map((peer) =>
      peer.until(({ messageCount }) => messageCount === CLIENTS, { what: "what all had sent" })
    ),
  );
  const caughtUpMs = Math.round(performance.now() - continuedAt);
  // Two more rounds of pings: whoever is blamed for the stall would be gone.
  await sleep(4_500);
  const thrownOut = [...plain, ...clients.map(({ raw }) => raw)]
    .flatMap(({ closeFrames }) => closeFrames);
  assertEquals(thrownOut, []);
  assertStopped(await server.stop(), { clients: 2 * CLIENTS, closed_cleanly: 2 * CLIENTS });
  for (const peer of plain) await assertProperClose(peer);
  for (const { raw } of clients) await assertProperClose(raw, SHUTDOWN);
  await Promise.all(answering);
  return `0 of ${
    2 * CLIENTS
  } clients lost (${owing} owed a pong), caught up ${caughtUpMs} ms later`;
}

/** Sends on behind the server's Close before it answers. */
async function answerLate(peer: RawPeer, answer: Promise<void>): Promise<void> {
  await answer;
  for (const index of range(5)) await peer.text(`${index} behind the Close`);
  await peer.close(1001);
}

async function standsStillWhileStopping(mode: Mode): Promise<string> {
  const args = ["--data", "memory", "--close-timeout", "1s"];
  await using server = await Midgard.start({ mode, args });
  const stalled = Promise.withResolvers<void>();
  const reply = (peer: RawPeer) => answerLate(peer, stalled.promise);
  const peers = await connectPeers(server.port, 20, () => ({
    closeReply: { kind: "custom", reply },
  }));
  server.signal("SIGINT");
  await waitFor(() => peers.every(({ closeFrames }) => closeFrames.length === 1), {
    what: "a Close for everyone",
  });
  server.signal("SIGSTOP");
  stalled.resolve();
  await waitFor(() => peers.every(({ sentBeforeClose }) => sentBeforeClose === 5), {
    what: "everyone to have sent what it had",
  });
  // Three times what a peer has to answer in.
  await sleep(3_000);
  const continuedAt = performance.now();
  server.signal("SIGCONT");
  const exit = await server.exit();
  assertStopped(exit, { clients: 20, closed_cleanly: 20, terminated: 0, received: 100 });
  for (const peer of peers) await assertProperClose(peer);
  const ms = Math.round(performance.now() - continuedAt);
  assert(ms < 2_000, `the stop took ${ms} ms more`);
  return `20 of 20 closed cleanly, 100 of 100 messages, exit ${exit.code} ${ms} ms later`;
}

async function standsStillForEver(mode: Mode): Promise<string> {
  const args = ["--data", "memory", "--close-timeout", "500ms", "--stop-timeout", "2s"];
  await using server = await Midgard.start({ mode, args });
  const peers = await connectPeers(server.port, 20, () => ({ closeReply: { kind: "never" } }));
  server.signal("SIGINT");
  await within(server.log.next("closing"), { what: "the stop to begin" });
  server.signal("SIGSTOP");
  await sleep(3_000);
  const continuedAt = performance.now();
  server.signal("SIGCONT");
  const exit = await server.exit();
  assertStopped(exit, { clients: 20, closed_cleanly: 0, terminated: 20 });
  for (const peer of peers) await peer.closed;
  const ms = Math.round(performance.now() - continuedAt);
  assert(ms < 1_500, `the stop took ${ms} ms more`);
  return `20 of 20 terminated, exit ${exit.code} ${ms} ms later`;
}

/** Registers them. */
export function addStallFaults(table: FaultTable): void {
  table.add({
    name: "the server stands still for 10 s (SIGSTOP, SIGCONT)",
    outcome: "nobody is thrown out, what was sent meanwhile is processed",
  }, standsStill);
  table.add({
    name: "the server stands still while it stops, longer than `--close-timeout`",
    outcome: "who has answered is closed cleanly, what was sent before is processed, exit 0",
  }, standsStillWhileStopping);
  table.add({
    name: "the server stands still beyond `--stop-timeout`, and nobody answers the Close",
    outcome: "the stop ends at once when it goes on, exit 0",
  }, standsStillForEver);
}
