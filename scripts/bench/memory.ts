import type { Mode } from "../../tests/helpers/midgard.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inEachMode, inTurns } from "./benchmark.ts";
import { baselineCommand, clientCommand, midgardCommand } from "./build.ts";
import type { Protocol } from "./clients/dialect.ts";
import { flags } from "./deliveries.ts";
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
  const { midgard, centrifuge, bare } = await inTurns(context, {
    midgard: () => kibibytesPerClient(commands.midgard, "plain", context),
    centrifuge: () => kibibytesPerClient(commands.midgard, "centrifuge", context),
    bare: () => kibibytesPerClient(commands.bare, "plain", context),
  });
  const row = (who: string, subject: readonly number[]) => {
    const what = `resident memory per ${who}, over ${context.limits.clients}, ${mode}`;
    const about = { benchmark: MEMORY.name, what, unit: "KiB" };
    return comparedRow(about, { subject, baseline: bare, maxRatio: MAX_RATIO });
  };
  return [
    row("idle connection", midgard),
    row("idle Centrifuge client, subscribed to 1 channel", centrifuge),
  ];
}

async function kibibytesPerClient(
  command: readonly string[],
  protocol: Protocol,
  { limits: { clients, descriptors } }: BenchmarkContext,
): Promise<number> {
  await using server = new Program(command, { descriptors });
  const port = await server.port();
  const before = await settledMemory(server.pid);
  const args = ["--protocol", protocol, ...flags({ port, clients })];
  await using crowd = new Program(clientCommand("idle", args), { descriptors });
  const connected = await crowd.line("connected");
  if (connected.clients !== clients) {
    throw new Error(`Cannot measure memory: ${connected.clients} of ${clients} clients connected`);
  }
  const after = await settledMemory(server.pid);
  return rounded((after - before) / clients / 1_024);
}
