import type { Mode } from "../../tests/helpers/midgard.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { column, inEachMode, inTurns } from "./benchmark.ts";
import { baselineCommand, clientCommand, midgardCommand } from "./build.ts";
import type { Protocol } from "./clients/dialect.ts";
import { flags } from "./deliveries.ts";
import { Program } from "./program.ts";
import { settledMemory } from "./resident_memory.ts";
import { rounded } from "./figures.ts";
import { comparedRow, type Row } from "./row.ts";

const MAX_RATIO = 1.5;

/** How long it takes to say goodbye to everybody, properly. */
export const STOP: Benchmark = {
  name: "stop",
  about: "a stop with 10 000 idle clients, beside a bare loop of socket.close()",
  run: (context) => inEachMode(context, compare),
};

interface Stopped {
  /** As the server itself measured it. */
  readonly durationMs: number;
  /** From SIGINT to the end of the process. */
  readonly exitMs: number;
}

async function compare(mode: Mode, context: BenchmarkContext): Promise<Row[]> {
  const commands = {
    midgard: await midgardCommand(mode),
    bare: await baselineCommand("bare", mode),
  };
  const { midgard, centrifuge, bare } = await inTurns(context, {
    midgard: () => stop(commands.midgard, "plain", context),
    centrifuge: () => stop(commands.midgard, "centrifuge", context),
    bare: () => stop(commands.bare, "plain", context),
  });
  const rows = (who: string, stopped: readonly Stopped[]) => {
    const whose = `${context.limits.clients} ${who}, ${mode}`;
    const row = (what: string, key: keyof Stopped) =>
      comparedRow({ benchmark: STOP.name, what: `${what}, ${whose}`, unit: "ms" }, {
        subject: column(stopped, key),
        baseline: column(bare, key),
        maxRatio: MAX_RATIO,
      });
    return [
      row("SIGINT to the stopped line", "durationMs"),
      row("SIGINT to process exit", "exitMs"),
    ];
  };
  return [
    ...rows("clients", midgard),
    ...rows("Centrifuge clients subscribed to 1 channel", centrifuge),
  ];
}

async function stop(
  command: readonly string[],
  protocol: Protocol,
  { limits: { clients, descriptors } }: BenchmarkContext,
): Promise<Stopped> {
  await using server = new Program(command, { descriptors });
  const port = await server.port();
  await settledMemory(server.pid);
  const args = ["--protocol", protocol, ...flags({ port, clients })];
  await using crowd = new Program(clientCommand("idle", args), { descriptors });
  const connected = await crowd.line("connected");
  if (connected.clients !== clients) {
    throw new Error(`Cannot measure a stop: ${connected.clients} of ${clients} clients connected`);
  }
  const signalledAt = server.signal("SIGINT");
  const { duration_ms, closed_cleanly } = await server.line("stopped");
  const exitMs = await server.exitedAt - signalledAt;
  const { clean } = await crowd.line("ended");
  if (clean !== clients || closed_cleanly !== clients) {
    throw new Error(
      `Cannot compare as all ${clients} clients must be closed cleanly: ` +
        `the server says ${closed_cleanly}, the clients ${clean}`,
    );
  }
  return { durationMs: Number(duration_ms), exitMs: rounded(exitMs) };
}
