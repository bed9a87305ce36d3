// deno-lint-ignore-file no-console -- a benchmark talks to a terminal
/**
 * Measures the numbers that the README quotes:
 * `deno task bench [name...] [--rounds N] [--full] [--json] [--charts DIR]`.
 *
 * Servers are measured beside a baseline on the same machine in the same run, in turns, and compared
 * round by round. All load stays on loopback and ends by itself. The exit code is 0 also
 * when a goal is missed; 1 when something could not be measured.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { charts } from "./chart.ts";
import { CONNECT } from "./connect.ts";
import { CURVE } from "./curve.ts";
import { FANOUT } from "./fanout.ts";
import { describeMachine, machineText, readLimits } from "./machine.ts";
import { HISTORY } from "./history.ts";
import { LATENCY } from "./latency.ts";
import { MEMORY } from "./memory.ts";
import { PUBLISH } from "./publish.ts";
import { REDIS } from "./redis.ts";
import { RESTART } from "./restart.ts";
import { RESUME } from "./resume.ts";
import { markdownTable, type Row } from "./row.ts";
import { SIGNAL } from "./signal.ts";
import { START } from "./start.ts";
import { STOP } from "./stop.ts";

const BENCHMARKS: readonly Benchmark[] = [
  START,
  STOP,
  RESTART,
  RESUME,
  CONNECT,
  MEMORY,
  FANOUT,
  CURVE,
  LATENCY,
  SIGNAL,
  PUBLISH,
  HISTORY,
  REDIS,
];
const DEFAULT_ROUNDS = 5;

interface Wish {
  readonly benchmarks: readonly Benchmark[];
  readonly rounds: number;
  readonly isJson: boolean;
  readonly isFull: boolean;
  /** Where charts are written, if anywhere. */
  readonly charts: string | undefined;
}

/** @throws {TypeError} and {@linkcode RangeError} when that cannot be wished for. */
function wishOf(args: string[]): Wish {
  const { _: names, json = false, full = false, charts, rounds = DEFAULT_ROUNDS } = parseArgs(
    args,
    {
      boolean: ["json", "full"],
      string: ["rounds", "charts"],
      unknown: (arg, key) => {
        if (key === undefined) return true;
        throw new TypeError(
          `Cannot measure as an option must be --rounds, --full, --json or --charts: current value is "${arg}"`,
        );
      },
    },
  );
  if (!(Number.isInteger(Number(rounds)) && Number(rounds) > 0)) {
    throw new RangeError(
      `Cannot measure as "rounds" must be a whole number above 0: current value is ${rounds}`,
    );
  }
  const benchmarks = names.length === 0 ? BENCHMARKS : names.map(benchmarkOf);
  return { benchmarks, rounds: Number(rounds), isJson: json, isFull: full, charts };
}

function benchmarkOf(name: string | number): Benchmark {
  const found = BENCHMARKS.find((benchmark) => benchmark.name === name);
  if (found !== undefined) return found;
  const known = BENCHMARKS.map(({ name, about }) => `\n  ${name.padEnd(9)}${about}`).join("");
  throw new RangeError(`Cannot measure "${name}" as there is only${known}`);
}

async function measure(
  { benchmarks }: Wish,
  context: BenchmarkContext,
): Promise<{ rows: Row[]; hasFailed: boolean }> {
  const rows: Row[] = [];
  let hasFailed = false;
  for (const { name, about, run } of benchmarks) {
    console.error(`\n${name}: ${about}`);
    try {
      rows.push(...await run(context));
    } catch (error) {
      hasFailed = true;
      console.error(`${name} could not run: ${error}`);
    }
  }
  return { rows, hasFailed };
}

async function writeCharts(folder: string, rows: readonly Row[]): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, svg] of charts(rows)) await Deno.writeTextFile(`${folder}/${name}`, svg);
}

async function main(args: string[]): Promise<number> {
  const wish = wishOf(args);
  const limits = await readLimits();
  const machine = await describeMachine(limits);
  const say = (line: string) => console.error(`  ${line}`);
  console.error(machineText(machine));
  if (limits.isScaledDown) {
    say(`ulimit -Hn is ${limits.descriptors}: ${limits.clients} clients instead of 10 000`);
  }
  const skipped: string[] = [];
  const skip = (reason: string) => {
    skipped.push(reason);
    say(reason);
  };
  const { rows, hasFailed } = await measure(wish, { ...wish, limits, say, skip });
  if (wish.charts !== undefined) await writeCharts(wish.charts, rows);
  if (wish.isJson) console.log(JSON.stringify({ machine, rounds: wish.rounds, rows, skipped }));
  else console.log(`\n${machineText(machine)}\n\n${markdownTable(rows)}`);
  console.error([`\n${skipped.length} skipped`, ...skipped].join("\n  "));
  return hasFailed ? 1 : 0;
}

Deno.chdir(`${import.meta.dirname}/../..`);
try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(2);
}
