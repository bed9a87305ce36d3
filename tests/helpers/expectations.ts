/** What SPEC promises of every stop, said once. */
import { assert, assertEquals } from "@std/assert";
import type { StoppedReport } from "./log_lines.ts";
import type { Midgard, MidgardExit } from "./midgard.ts";
import { type PeerOptions, RawPeer } from "./raw_peer.ts";
import { inParallel, range, within } from "./wait.ts";

/** The Close that a stop sends to every plain socket. */
export const STOPPING = { code: 1001, reason: "server stopping" } as const;

/** The Close, or the last push of a stream, that a stop sends to every Centrifuge client. */
export const SHUTDOWN = { code: 3001, reason: "shutdown" } as const;

/** Opens `count` peers; `options` may differ from one to the next. */
export function connectPeers(
  port: number,
  count: number,
  options: (index: number) => Omit<PeerOptions, "port"> = () => ({}),
): Promise<RawPeer[]> {
  return inParallel(range(count), (index) => RawPeer.connect({ port, ...options(index) }));
}

/** P1: one Close frame with this code and reason, nothing after it, and then an orderly end. */
export async function assertProperClose(
  peer: RawPeer,
  { code, reason }: { readonly code: number; readonly reason: string } = STOPPING,
): Promise<void> {
  const { kind } = await within(peer.closed, {
    what: "the connection to end",
    explain: () => peer.summary(),
  });
  assertEquals(peer.closeFrames.map((close) => [close.code, close.reason]), [[code, reason]]);
  assertEquals(peer.framesAfterClose, 0, "frames after Close");
  assertEquals(kind, "eof", peer.summary());
}

/** The exit of a stop that lost nothing: code 0, and a last line with these numbers. */
export function assertStopped(exit: MidgardExit, expected: Partial<StoppedReport> = {}): void {
  assertEquals([exit.code, exit.signal], [0, null], "exit code and killing signal");
  assert(exit.stopped, "there is no stopped line");
  const actual = Object.fromEntries(
    Object.keys(expected).map((field) => [field, exit.stopped?.[field]]),
  );
  assertEquals(actual, { ...expected });
}

/** Every line on standard error is JSON, and exactly one says that the server has stopped. */
export function assertSoundLog({ log }: Midgard): void {
  assertEquals(log.invalid, [], "lines that are not JSON");
  for (const event of ["draining", "closing", "stopped"]) {
    assertEquals(log.of(event).length, 1, `lines with the event ${event}:\n${log}`);
  }
  assertEquals(log.lines.at(-1)?.event, "stopped", "the last line");
}

/** Shows a measured number beside the test that took it. */
export function report(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`    ${text}\n`));
}

/** The middle and the largest of some numbers, rounded, as "median 12 ms, max 34 ms". */
export function medianAndMax(valuesMs: readonly number[]): string {
  const sorted = [...valuesMs].sort((a, b) => a - b);
  const median = Math.round(sorted[Math.floor(sorted.length / 2)] ?? NaN);
  return `median ${median} ms, max ${Math.round(sorted.at(-1) ?? NaN)} ms`;
}
