import { SqliteLog } from "../../server/history/mod.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inTurns } from "./benchmark.ts";
import { midgardCommand } from "./build.ts";
import { deliveriesPerSecond } from "./fanout.ts";
import { Program } from "./program.ts";
import { comparedRow, type Row } from "./row.ts";

const MAX_START_RATIO = 1.5;
const MIN_FANOUT_RATIO = 0.9;
const STARTS_PER_ROUND = 2;
const GIB = 1_073_741_824;
const PAYLOAD_BYTES = 4_096;
const BATCH = 1_024;

/** Retention that keeps all of the large log. */
const KEEP_ALL = ["--history-size", "1000000000"];

/** What history costs: at the start with a large log, and while messages are handed out. */
export const HISTORY: Benchmark = {
  name: "history",
  about: "start with a log of 1 GiB beside an empty one, fan-out with SQLite beside memory",
  run: async (context) => [...await compareStart(context), ...await compareFanOut(context)],
};

async function compareStart({ rounds, say }: BenchmarkContext): Promise<Row[]> {
  const folder = await Deno.makeTempDir();
  const [large, empty] = [`${folder}/large.db`, `${folder}/empty.db`];
  const bytes = await fill(large);
  say(`a log of ${(bytes / GIB).toFixed(2)} GiB`);
  const commands = {
    large: await midgardCommand("compiled", ["--data", large, ...KEEP_ALL]),
    empty: await midgardCommand("compiled", ["--data", empty, ...KEEP_ALL]),
  };
  const measured = await inTurns({ rounds: rounds * STARTS_PER_ROUND, say }, {
    large: () => startUpMs(commands.large),
    empty: () => startUpMs(commands.empty),
  });
  await Deno.remove(folder, { recursive: true });
  const what = "process start to ready, log of 1 GiB beside an empty one, compiled";
  const { large: subject, empty: baseline } = measured;
  const about = { benchmark: HISTORY.name, what, unit: "ms" };
  return [comparedRow(about, { subject, baseline, maxRatio: MAX_START_RATIO })];
}

/** Writes a log of 1 GiB over 1 000 channels; gives its size. */
async function fill(path: string): Promise<number> {
  const retention = () => ({ size: 1_000_000_000, ttlMs: 86_400_000 });
  const log = new SqliteLog({ path, durability: "commit", retention });
  const payload = { kind: "text", text: "x".repeat(PAYLOAD_BYTES) } as const;
  let channel = 0;
  while (log.usage().bytes < GIB) {
    const time = Date.now();
    await log.append(Array.from({ length: BATCH }, () => {
      channel = (channel + 1) % 1_000;
      return { channel: `bench-${channel}`, payload, time };
    }));
  }
  const { bytes } = log.usage();
  await log.close();
  return bytes;
}

async function startUpMs(command: readonly string[]): Promise<number> {
  await using program = new Program(command);
  await program.line("ready");
  const elapsed = performance.now() - program.startedAt;
  program.signal("SIGINT");
  await program.exitedAt;
  return elapsed;
}

async function compareFanOut(context: BenchmarkContext): Promise<Row[]> {
  const folder = await Deno.makeTempDir();
  const commands = {
    sqlite: await midgardCommand("compiled", ["--data", `${folder}/fanout.db`]),
    memory: await midgardCommand("compiled", ["--data", "memory"]),
  };
  const { sqlite: subject, memory: baseline } = await inTurns(context, {
    sqlite: () => deliveriesPerSecond(commands.sqlite),
    memory: () => deliveriesPerSecond(commands.memory),
  });
  await Deno.remove(folder, { recursive: true });
  const what = "deliveries to 1 000 plain subscribers, SQLite beside memory, compiled";
  const about = { benchmark: HISTORY.name, what, unit: "/s" };
  return [comparedRow(about, { subject, baseline, minRatio: MIN_FANOUT_RATIO })];
}
