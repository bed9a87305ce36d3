import type { Mode } from "../../tests/helpers/midgard.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inEachMode, inTurns } from "./benchmark.ts";
import { baselineCommand, clientCommand, midgardCommand } from "./build.ts";
import type { Protocol } from "./clients/dialect.ts";
import { flags } from "./deliveries.ts";
import { CORES, onCore } from "./processor_use.ts";
import { Program } from "./program.ts";
import { comparedRow, type Row } from "./row.ts";

/** How fast a crowd comes in. */
export const CONNECT: Benchmark = {
  name: "connect",
  about: "10 000 clients that connect, 200 at a time, beside a bare Deno.upgradeWebSocket",
  run: (context) => inEachMode(context, compare),
};

async function compare(mode: Mode, context: BenchmarkContext): Promise<Row[]> {
  const commands = {
    midgard: await midgardCommand(mode),
    bare: await baselineCommand("bare", mode),
  };
  const { plain, centrifuge, bare } = await inTurns(context, {
    plain: () => clientsPerSecond(commands.midgard, "plain", context),
    centrifuge: () => clientsPerSecond(commands.midgard, "centrifuge", context),
    bare: () => clientsPerSecond(commands.bare, "plain", context),
  });
  const row = (who: string, subject: readonly number[]) =>
    comparedRow({
      benchmark: CONNECT.name,
      what: `${context.limits.clients} ${who}, beside bare upgrades, ${mode}`,
      unit: "clients/s",
    }, { subject, baseline: bare });
  return [
    row("plain clients", plain),
    row("Centrifuge clients until each is connected and subscribed to 1 channel", centrifuge),
  ];
}

async function clientsPerSecond(
  command: readonly string[],
  protocol: Protocol,
  { limits }: BenchmarkContext,
): Promise<number> {
  const durationMs = await connectMs(command, { protocol, limits, cores: CORES });
  return Math.round(limits.clients / durationMs * 1e3);
}

/** A crowd that comes in, and the cores that it and the server keep to, if they do. */
interface Arrival {
  readonly protocol: Protocol;
  readonly limits: BenchmarkContext["limits"];
  readonly cores?: Partial<typeof CORES>;
}

/**
 * Milliseconds until all clients are in.
 *
 * @throws {Error} when one is missing.
 */
export async function connectMs(
  command: readonly string[],
  { protocol, limits: { clients, descriptors }, cores = {} }: Arrival,
): Promise<number> {
  await using server = new Program(command, { descriptors, ...onCore(cores.server) });
  const args = ["--protocol", protocol, ...flags({ port: await server.port(), clients })];
  const crowdOptions = { descriptors, ...onCore(cores.crowd) };
  await using crowd = new Program(clientCommand("idle", args), crowdOptions);
  const connected = await crowd.line("connected");
  if (connected.clients === clients) return Number(connected.duration_ms);
  throw new Error(`Cannot compare: ${connected.clients} of ${clients} clients connected`);
}
