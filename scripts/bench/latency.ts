import { request } from "../../tests/helpers/http.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import type { Mode } from "../../tests/helpers/midgard.ts";
import { column, inEachMode, inTurns } from "./benchmark.ts";
import { clientCommand, midgardCommand } from "./build.ts";
import { deliveries, flags } from "./deliveries.ts";
import { median } from "../compile/start_up.ts";
import { rounded, shown } from "./figures.ts";
import { CORES, onCore } from "./processor_use.ts";
import { Program } from "./program.ts";
import { comparedRow, plainRow, type Row } from "./row.ts";

const CLIENTS = 1_000;
const MESSAGE_BYTES = 128;

const LEAST_SECONDS = 10;
const MOST_SECONDS = 35;

/** What a subscriber is sent at least: more than the kernel (4 MiB) and its queue (1 MiB) keep. */
const LEAST_BYTES = 8_388_608;

/** A push of 128 B with what the protocol adds. */
const PUSH_BYTES = 250;

/** The first deliveries, while the server's code is not compiled yet, are not counted. */
const WARM_UP_SECONDS = 1;

const MAX_P99_MS = 20;
const MAX_TURN_MS = 25;
const MAX_SLOW_RATIO = 2;
const SLOW_ONE_IN = 10;

/** Messages that find out how fast the fan-out is. */
const FASTEST = { protocol: "centrifuge", clients: CLIENTS, channels: 1, messages: 5_000 } as const;

interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  /** Those that stopped reading and were closed with 3008. */
  readonly slowClosed: number;
  readonly generatorShare: number;
  /** The longest turn of the server's event loop in which it handed out. */
  readonly longestTurnMs: number;
}

/** How old a message is when it arrives, at half the load that the server can take. */
export const LATENCY: Benchmark = {
  name: "latency",
  about: "due time to delivery at half of the fan-out, also with subscribers that stop reading",
  run: (context) => inEachMode(context, (mode) => run(context, mode)),
};

async function run(context: BenchmarkContext, mode: Mode): Promise<Row[]> {
  const command = await midgardCommand(mode);
  const { fastest } = await inTurns(context, { fastest: () => deliveries(command, FASTEST) });
  const rate = Math.round(median(column(fastest, "perSecond")) / CLIENTS / 2);
  context.say(`${rate} messages/s, half of what the fan-out takes`);
  const { all, slow } = await inTurns(context, {
    all: () => latency(command, { rate, slowOneIn: 0 }),
    slow: () => latency(command, { rate, slowOneIn: SLOW_ONE_IN }),
  });
  return rowsOf({ mode, rate, all, slow });
}

interface Measured {
  readonly mode: Mode;
  readonly rate: number;
  readonly all: readonly Latency[];
  readonly slow: readonly Latency[];
}

function rowsOf({ mode, rate, all, slow }: Measured): Row[] {
  const share = Math.round(100 * Math.max(...column([...all, ...slow], "generatorShare")));
  const load = `${shown(rate)} messages/s to ${CLIENTS} subscribers, ${mode} ` +
    `(generator ${share} % of a core at most)`;
  const about = (what: string) => ({ benchmark: LATENCY.name, what, unit: "ms" });
  const slowAbout = `with 1 subscriber in ${SLOW_ONE_IN} that stops reading`;
  const slowOnes = CLIENTS / SLOW_ONE_IN;
  return [
    plainRow(about(`p50, ${load}`), column(all, "p50")),
    plainRow(about(`p90, ${load}`), column(all, "p90")),
    plainRow(about(`p99, ${load}`), column(all, "p99"), { max: MAX_P99_MS }),
    plainRow(about(`p99.9, ${load}`), column(all, "p999")),
    plainRow(about(`longest turn of the event loop, ${load}`), column(all, "longestTurnMs"), {
      max: MAX_TURN_MS,
    }),
    comparedRow(about(`p99 of the others ${slowAbout}, beside none that does, ${mode}`), {
      subject: column(slow, "p99"),
      baseline: column(all, "p99"),
      maxRatio: MAX_SLOW_RATIO,
    }),
    plainRow(
      { ...about(`closed with 3008 ${slowAbout}, of ${slowOnes}, ${mode}`), unit: "clients" },
      column(slow, "slowClosed"),
      // Where the machine is too slow for that, they are rightly not found out.
      secondsToFill(rate) <= MOST_SECONDS ? { min: slowOnes } : {},
    ),
  ];
}

/** How long it takes until a subscriber that does not read is behind by too much. */
function secondsToFill(rate: number): number {
  return Math.ceil(LEAST_BYTES / PUSH_BYTES / rate);
}

async function latency(
  command: readonly string[],
  { rate, slowOneIn }: { readonly rate: number; readonly slowOneIn: number },
): Promise<Latency> {
  await using server = new Program(command, onCore(CORES.server));
  const seconds = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, secondsToFill(rate)));
  const load = { port: await server.port(), messages: rate * seconds };
  const listening = { ...load, clients: CLIENTS, skip: rate * WARM_UP_SECONDS };
  await using crowd = new Program(
    clientCommand("stopwatch", flags({ ...listening, "slow-one-in": slowOneIn })),
    onCore(CORES.crowd),
  );
  const { clients } = await crowd.line("connected");
  await using publisher = new Program(
    clientCommand("metronome", flags({ ...load, rate, bytes: MESSAGE_BYTES })),
    onCore(CORES.publisher),
  );
  const { acknowledged, ...published } = await publisher.line("published");
  const measured = await crowd.line("measured");
  const { lost, misplaced, ended } = measured;
  const isWhole = clients === CLIENTS && acknowledged === load.messages;
  if (!isWhole || lost !== 0 || misplaced !== 0 || ended !== 0) {
    throw new Error(
      `Cannot measure latency as every message must arrive: ${clients} connected, ` +
        `${acknowledged} of ${load.messages} acknowledged, ${lost} lost, ${misplaced} misplaced, ` +
        `${ended} cut off`,
    );
  }
  const longestTurnMs = await longestTurn(load.port);
  return latencyOf({ ...measured, longestTurnMs }, Number(published.processor_share));
}

async function longestTurn(port: number): Promise<number> {
  const { body } = await request(port, "GET /metrics");
  const [, seconds] = /^midgard_fan_out_longest_turn_seconds (\S+)$/m.exec(body) ?? [];
  if (seconds === undefined) throw new Error("Cannot measure: the server tells no longest turn");
  return Number(seconds) * 1_000;
}

function latencyOf(line: Readonly<Record<string, unknown>>, publisherShare: number): Latency {
  const number = (key: string) => rounded(Number(line[key]));
  return {
    p50: number("p50"),
    p90: number("p90"),
    p99: number("p99"),
    p999: number("p999"),
    slowClosed: number("slow_closed"),
    longestTurnMs: number("longestTurnMs"),
    generatorShare: Math.max(publisherShare, number("processor_share")),
  };
}
