/**
 * P3 and P4 under SIGINT: a stop at a random moment of a heavy load loses nothing, repeats nothing,
 * and tells nobody anything that is not so; and twenty stops in a row leave nothing behind that grows.
 */
import { assert, assertEquals } from "@std/assert";
import { assertSoundLog, assertStopped, medianAndMax, report } from "../helpers/expectations.ts";
import { freePort } from "../helpers/free_port.ts";
import { forEachMode, Midgard, type MidgardExit, type MidgardOptions } from "../helpers/midgard.ts";
import { range, waitFor } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";
import { assertKept, DurableLoad } from "./durable_load.ts";

const ROUNDS = 20;
/** Publications after which a round's stop comes: at least, and how many more at random. */
const LEAST = 100;
const SPREAD = 900;
const READERS = 8;

/** Loads a server, stops it with SIGINT, and sees everyone off. */
async function playRound(options: MidgardOptions, load: DurableLoad): Promise<MidgardExit> {
  await using server = await Midgard.start(options);
  await load.begin(server.port, LEAST + Math.floor(Math.random() * SPREAD));
  const exit = await server.stop();
  const ends = await load.ended();
  assertEquals(ends.map(({ kind }) => kind), range(READERS).map(() => "whole"), "streams");
  assertStopped(exit, { clients: READERS, closed_cleanly: READERS, terminated: 0 });
  assertSoundLog(server);
  return exit;
}

forEachMode("SIGINT in 20 rounds loses nothing and every answer was true", async (mode) => {
  await using folder = new DataFolder();
  const args = ["--port", `${freePort()}`, "--history-size", "10000000"];
  const options = { mode, cwd: folder.path, args };
  const load = new DurableLoad();
  const stopsMs: number[] = [];
  for (const _round of range(ROUNDS)) {
    stopsMs.push((await playRound(options, load)).elapsedSinceSignalMs);
    // The hint that the server leaves with each stream that it ends.
    assertEquals(load.readers.map(({ retryMs }) => retryMs), range(READERS).map(() => 250));
  }
  await using server = await Midgard.start(options);
  const account = await load.settle(server.port);
  const { acknowledged, lost, repeated, lies, unanswered, unansweredStored } = account;
  const { refused } = load.publishers;
  report(
    `${mode}: ${ROUNDS} rounds, ${acknowledged} acknowledged, lost ${lost}, repeated ${repeated}; ` +
      `${refused} refused, ${lies} of them stored; ${unanswered} without an answer, ` +
      `${unansweredStored} of them stored`,
  );
  report(`${mode}: signal to exit ${medianAndMax(stopsMs)}`);
  assertKept(account);
  const statuses = new Set(
    load.publishers.sent.map(({ answer }) => answer.kind === "refused" ? answer.status : 200),
  );
  assertEquals([...statuses].filter((status) => status !== 200 && status !== 503), []);
  assert(acknowledged >= ROUNDS * LEAST, "that is no load");
  assertEquals((await server.stop()).code, 0);
});

/** What a process holds just after its start, and what its history takes on disk just before. */
interface Footprint {
  readonly descriptors: number;
  readonly threads: number;
  readonly residentKiB: number;
  readonly fileBytes: number;
}

const FIELDS = ["descriptors", "threads", "residentKiB", "fileBytes"] as const;

/**
 * Looks by way of a shell, for which the system asks no special permission, and waits until the
 * server has closed what it opens after its start to find out how many descriptors it may have.
 */
function footprintOf(pid: number, folder: string): Promise<Footprint> {
  const script = 'ls "/proc/$1/fd" | wc -l; ' +
    "awk '/^(Threads|VmRSS):/ { print $2 }' \"/proc/$1/status\"";
  const command = new Deno.Command("sh", { args: ["-c", script, "sh", `${pid}`] });
  return waitFor(async () => {
    const { stdout } = await command.output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    // The kernel prints VmRSS above Threads.
    const [descriptors = NaN, residentKiB = NaN, threads = NaN] = lines.map(Number);
    const footprint = { descriptors, threads, residentKiB, fileBytes: sizeOf(folder) };
    return descriptors < MOST_DESCRIPTORS ? footprint : undefined;
  }, { what: `fewer than ${MOST_DESCRIPTORS} descriptors` });
}

/** One look in the middle of a start's own work must not count as growth. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function sizeOf(folder: string): number {
  const files = [...Deno.readDirSync(folder)];
  return files.reduce((sum, { name }) => sum + Deno.statSync(`${folder}/${name}`).size, 0);
}

/** What a server without clients may hold open. */
const MOST_DESCRIPTORS = 50;
/** Twenty rounds of this are more than 10 MB. */
const PADDING = 500;
/** 4 channels, each with 100 kept and 256 of slack, make 1 MB: the rest must be reused. */
const LARGEST_FILE = 3_000_000;

forEachMode("20 restarts under load leave nothing that grows", async (mode) => {
  await using folder = new DataFolder();
  const args = ["--port", `${freePort()}`, "--history-size", "100"];
  const options = { mode, cwd: folder.path, args };
  const load = new DurableLoad(PADDING);
  const footprints: Footprint[] = [];
  for (const _round of range(ROUNDS)) {
    await using server = await Midgard.start(options);
    footprints.push(await footprintOf(server.pid, folder.path));
    await load.begin(server.port, 1_000);
    assertEquals((await server.stop()).code, 0);
    await load.ended();
  }
  for (const field of FIELDS) {
    const values = footprints.map((footprint) => footprint[field]);
    report(
      `${mode}: ${field} first ${values[0]}, last ${values.at(-1)}, max ${Math.max(...values)}`,
    );
    const [early, late] = [median(values.slice(0, 10)), median(values.slice(10))];
    assert(late <= early * 1.2, `${field} grew from ${early} to ${late}: ${values}`);
  }
  const largest = Math.max(...footprints.map(({ fileBytes }) => fileBytes));
  assert(largest <= LARGEST_FILE, "the file does not reuse its space");
  const published = load.publishers.acknowledged * PADDING;
  assert(published > LARGEST_FILE * 3, `only ${published} bytes were published: that is no load`);
});
