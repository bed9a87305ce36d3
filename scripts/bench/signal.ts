import type { Mode } from "../../tests/helpers/midgard.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inEachMode, inTurns } from "./benchmark.ts";
import { baselineCommand, clientCommand, midgardCommand } from "./build.ts";
import { Program } from "./program.ts";
import { rounded } from "./figures.ts";
import { comparedRow, type Row } from "./row.ts";

const MAX_MS = 250;
const ROUNDS_PER_ROUND = 2;

const PUBLISHERS = "200 publishers at 100/s on 10 channels";

/** 20 000 messages a second in, 380 000 deliveries a second wanted. */
const LOAD = ["--clients", "200", "--channels", "10", "--rate", "100"];

/** How long the overload lasts before the signal. */
const OVERLOAD_MS = 2_000;

/** How soon an overloaded server acts on a signal. */
export const SIGNAL: Benchmark = {
  name: "signal",
  about: "SIGINT to the draining line while publishers are faster than the fan-out",
  run: (context) => inEachMode(context, compare),
};

async function compare(mode: Mode, { rounds, say }: BenchmarkContext): Promise<Row[]> {
  const commands = {
    midgard: await midgardCommand(mode),
    naive: await baselineCommand("naive", mode),
  };
  const { midgard, naive } = await inTurns({ rounds: rounds * ROUNDS_PER_ROUND, say }, {
    midgard: () => drainingMs(commands.midgard),
    naive: () => drainingMs(commands.naive),
  });
  const what = `SIGINT to the draining line, ${PUBLISHERS}, ${mode}`;
  return [
    comparedRow({ benchmark: SIGNAL.name, what, unit: "ms" }, {
      subject: midgard,
      baseline: naive,
      bounds: { max: MAX_MS },
    }),
  ];
}

async function drainingMs(command: readonly string[]): Promise<number> {
  await using server = new Program(command);
  const args = ["--port", `${await server.port()}`, ...LOAD];
  await using crowd = new Program(clientCommand("load", args));
  await crowd.line("connected");
  await new Promise((resolve) => setTimeout(resolve, OVERLOAD_MS));
  const signalledAt = server.signal("SIGINT");
  await server.line("draining");
  return rounded(performance.now() - signalledAt);
}
