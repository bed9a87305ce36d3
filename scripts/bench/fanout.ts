import type { Mode } from "../../tests/helpers/midgard.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inEachMode, inTurns } from "./benchmark.ts";
import { baselineCommand, clientCommand, midgardCommand } from "./build.ts";
import { compareWithPeers } from "./fanout_peers.ts";
import { Program } from "./program.ts";
import { comparedRow, type Row } from "./row.ts";

const SUBSCRIBERS = 1_000;
const MESSAGE_BYTES = 128;

/** Messages under way at most: many enough to keep a server busy, few enough to drop none. */
const WINDOW = 256;

const SECONDS = 3;

/** How fast one channel is handed out to many. */
export const FANOUT: Benchmark = {
  name: "fanout",
  about: "deliveries per second to 1 000 subscribers, beside loops of send() and Bun's publish",
  run: async (context) => [
    ...await compareWithPeers(FANOUT.name, context),
    ...await inEachMode(context, compare),
  ],
};

async function compare(mode: Mode, context: BenchmarkContext): Promise<Row[]> {
  const commands = {
    midgard: await midgardCommand(mode),
    naive: await baselineCommand("naive", mode),
  };
  const { midgard, naive } = await inTurns(context, {
    midgard: () => deliveriesPerSecond(commands.midgard),
    naive: () => deliveriesPerSecond(commands.naive),
  });
  const what = `deliveries, 1 channel, ${SUBSCRIBERS} plain subscribers, ${MESSAGE_BYTES} B, ` +
    `${mode}; plain frames cannot be joined`;
  return [
    comparedRow({ benchmark: FANOUT.name, what, unit: "/s" }, {
      subject: midgard,
      baseline: naive,
    }),
  ];
}

/** Deliveries of one channel that a server makes when its publisher never waits. */
export async function deliveriesPerSecond(command: readonly string[]): Promise<number> {
  await using server = new Program(command);
  const wish = {
    port: await server.port(),
    clients: SUBSCRIBERS,
    bytes: MESSAGE_BYTES,
    window: WINDOW,
    seconds: SECONDS,
  };
  const args = Object.entries(wish).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  await using crowd = new Program(clientCommand("subscribe", args));
  const { clients } = await crowd.line("connected");
  const { per_second, lost, misplaced } = await crowd.line("measured");
  if (clients !== SUBSCRIBERS || lost !== 0 || misplaced !== 0) {
    throw new Error(
      `Cannot count as ${SUBSCRIBERS} subscribers must get every message in order: ` +
        `${clients} connected, ${lost} lost, ${misplaced} misplaced`,
    );
  }
  return Number(per_second);
}
