import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inTurns } from "./benchmark.ts";
import { baselineCommand, midgardCommand } from "./build.ts";
import { Program } from "./program.ts";
import { rounded } from "./figures.ts";
import { comparedRow, plainRow, type Row } from "./row.ts";

const MAX_RATIO = 2;
const STARTS_PER_ROUND = 4;

/** From the start of a process to the line that says that its port is open. */
export const START: Benchmark = {
  name: "start",
  about: "process start to the ready line, beside an empty compiled Deno.serve",
  run,
};

async function run({ rounds, say }: BenchmarkContext): Promise<Row[]> {
  const commands = {
    midgard: await midgardCommand("compiled"),
    empty: await baselineCommand("empty", "compiled"),
    source: await midgardCommand("source"),
  };
  // Once for nothing: the files are read from the disk.
  for (const command of Object.values(commands)) await startUpMs(command);
  const { midgard, empty, source } = await inTurns({ rounds: rounds * STARTS_PER_ROUND, say }, {
    midgard: () => startUpMs(commands.midgard),
    empty: () => startUpMs(commands.empty),
    source: () => startUpMs(commands.source),
  });
  const about = { benchmark: START.name, unit: "ms" };
  return [
    comparedRow({ ...about, what: "process start to ready, compiled" }, {
      subject: midgard,
      baseline: empty,
      maxRatio: MAX_RATIO,
    }),
    plainRow({ ...about, what: "process start to ready, deno task start's command" }, source),
  ];
}

async function startUpMs(command: readonly string[]): Promise<number> {
  await using program = new Program(command);
  await program.line("ready");
  return rounded(performance.now() - program.startedAt);
}
