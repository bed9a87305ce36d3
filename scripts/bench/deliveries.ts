import { clientCommand } from "./build.ts";
import type { Protocol } from "./clients/dialect.ts";
import { figures, rounded } from "./figures.ts";
import { CORES, onCore, processorSecondsOf } from "./processor_use.ts";
import { Program } from "./program.ts";

/** How a server is loaded. */
export interface Load {
  readonly protocol: Protocol;
  readonly clients: number;
  readonly channels: number;
  /** Messages that are published, over all channels. */
  readonly messages: number;
  /** Bytes of payload in each. @default 128 */
  readonly bytes?: number;
}

/** What a server did under a load. */
export interface Deliveries {
  /** Between the first and the last delivery. */
  readonly perSecond: number;
  /** Processor time of the busier of subscribers and publisher, as a share of one core. */
  readonly generatorShare: number;
  /** Processor time of the server, all its threads, as a share of one core. */
  readonly serverShare: number;
}

const MESSAGE_BYTES = 128;

/** Messages under way at most: many enough to keep a server busy, few enough to drop none. */
const WINDOW = 512;

/** Bytes under way at most: what a subscriber may leave unread is more. */
const WINDOW_BYTES = 524_288;

/** From here on a load generator says more about itself than about the server. */
export const BOTTLENECK_SHARE = 0.9;

/** A server that uses less of its core waits for others. */
const IDLE_SHARE = 0.75;

/**
 * Starts a server and counts what its subscribers get of a fixed number of messages.
 *
 * @throws {Error} when a single one is lost, doubled or out of order.
 */
export async function deliveries(
  command: readonly string[],
  load: Load,
  descriptors?: number,
): Promise<Deliveries> {
  const limit = descriptors === undefined ? {} : { descriptors };
  await using server = new Program(command, { ...limit, ...onCore(CORES.server) });
  const port = ["--port", `${await server.port()}`];
  await using crowd = new Program(
    clientCommand("listen", [...port, ...listening(load)]),
    { ...limit, ...onCore(CORES.crowd) },
  );
  const { clients } = await crowd.line("connected");
  await using publisher = new Program(
    clientCommand("pipeline", [...port, ...publishing(load)]),
    onCore(CORES.publisher),
  );
  const serverShare = shareBetween(server.pid, crowd.line("begun"), crowd.line("measured"));
  const { per_second, lost, misplaced, ended, processor_share } = await crowd.line("measured");
  if (clients !== load.clients || lost !== 0 || misplaced !== 0 || ended !== 0) {
    throw new Error(
      `Cannot count as ${load.clients} subscribers must get every message in order: ` +
        `${clients} connected, ${lost} lost, ${misplaced} misplaced, ${ended} cut off\n` +
        `${server.log}\n${publisher.log}`,
    );
  }
  const published = await publisher.line("published");
  return {
    perSecond: Number(per_second),
    generatorShare: rounded(Math.max(Number(processor_share), Number(published.processor_share))),
    serverShare: rounded(await serverShare),
  };
}

function listening({ protocol, clients, channels, messages }: Load): string[] {
  return ["--protocol", protocol, ...flags({ clients, channels, messages: messages / channels })];
}

/** Subscribers may speak Protobuf; what is published is the same. */
function publishing({ protocol, channels, messages, bytes = MESSAGE_BYTES }: Load): string[] {
  const window = Math.min(WINDOW, Math.floor(WINDOW_BYTES / bytes));
  const spoken = protocol === "protobuf" ? "centrifuge" : protocol;
  return ["--protocol", spoken, ...flags({ channels, messages, bytes, window })];
}

/** Processor time of a process between two moments, as a share of one core. */
async function shareBetween(
  pid: number,
  begin: Promise<unknown>,
  end: Promise<unknown>,
): Promise<number> {
  await begin;
  const [startedAt, before] = [performance.now(), await processorSecondsOf(pid)];
  await end;
  const seconds = (performance.now() - startedAt) / 1_000;
  return (await processorSecondsOf(pid) - before) / seconds;
}

/** Who was busy, and whether a figure says more about the load than about the server. */
export function busyText(measured: readonly Deliveries[]): string {
  const server = figures(measured.map(({ serverShare }) => serverShare)).median;
  const generator = figures(measured.map(({ generatorShare }) => generatorShare)).max;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const text = `server ${percent(server)}, generator ${percent(generator)} of a core`;
  // A server that fills its own core is the limit, whatever the generator's core does meanwhile.
  if (server > BOTTLENECK_SHARE) return text;
  if (generator > BOTTLENECK_SHARE) return `${text}: THE GENERATOR WAS THE BOTTLENECK`;
  return server < IDLE_SHARE ? `${text}: THE SERVER WAS IDLE` : text;
}

/** Options of a crowd as its arguments: `--name value`. */
export function flags(options: Readonly<Record<string, number>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
}
