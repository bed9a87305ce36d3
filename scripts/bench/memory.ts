import type { Mode } from "../../tests/helpers/midgard.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inEachMode, inTurns } from "./benchmark.ts";
import { baselineCommand, clientCommand, midgardCommand } from "./build.ts";
import { Program } from "./program.ts";
import { settledMemory } from "./resident_memory.ts";
import { rounded } from "./figures.ts";
import { comparedRow, type Row } from "./row.ts";

const MAX_RATIO = 1.3;

/** What a client costs that does nothing. */
export const MEMORY: Benchmark = {
  name: "memory",
  about: "resident memory per idle connection, beside a bare Deno.upgradeWebSocket",
  run: (context) => inEachMode(context, compare),
};

async function compare(mode: Mode, context: BenchmarkContext): Promise<Row[]> {
  const commands = {
    midgard: await midgardCommand(mode),
    bare: await baselineCommand("bare", mode),
  };
  const { midgard, bare } = await inTurns(context, {
    midgard: () => kibibytesPerClient(commands.midgard, context),
    bare: () => kibibytesPerClient(commands.bare, context),
  });
  const what = `resident memory per idle connection, over ${context.limits.clients}, ${mode}`;
  return [
    comparedRow({ benchmark: MEMORY.name, what, unit: "KiB" }, {
      subject: midgard,
      baseline: bare,
      maxRatio: MAX_RATIO,
    }),
  ];
}

async function kibibytesPerClient(
  command: readonly string[],
  { limits: { clients, descriptors } }: BenchmarkContext,
): Promise<number> {
  await using server = new Program(command, { descriptors });
  const port = await server.port();
  const before = await settledMemory(server.pid);
  const args = ["--port", `${port}`, "--clients", `${clients}`];
  await using crowd = new Program(clientCommand("idle", args), { descriptors });
  const connected = await crowd.line("connected");
  if (connected.clients !== clients) {
    throw new Error(`Cannot measure memory: ${connected.clients} of ${clients} clients connected`);
  }
  const after = await settledMemory(server.pid);
  return rounded((after - before) / clients / 1_024);
}
