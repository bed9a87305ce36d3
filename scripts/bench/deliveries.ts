import { clientCommand } from "./build.ts";
import type { Protocol } from "./clients/dialect.ts";
import { Program } from "./program.ts";

/** How a server is loaded. */
export interface Load {
  readonly protocol: Protocol;
  readonly clients: number;
  readonly channels: number;
  /** Messages that are published, over all channels. */
  readonly messages: number;
}

/** What a server did under a load. */
export interface Deliveries {
  /** Between the first and the last delivery. */
  readonly perSecond: number;
  /** Processor time of the busier of subscribers and publisher, as a share of one core. */
  readonly generatorShare: number;
}

const MESSAGE_BYTES = 128;

/** Messages under way at most: many enough to keep a server busy, few enough to drop none. */
const WINDOW = 512;

/** From here on a load generator says more about itself than about the server. */
const BOTTLENECK_SHARE = 0.9;

/**
 * Starts a server and counts what its subscribers get of a fixed number of messages.
 *
 * @throws {Error} when a single one is lost, doubled or out of order.
 */
export async function deliveries(
  command: readonly string[],
  { protocol, ...load }: Load,
  descriptors?: number,
): Promise<Deliveries> {
  const options = descriptors === undefined ? {} : { descriptors };
  await using server = new Program(command, options);
  const shared = ["--port", `${await server.port()}`, "--protocol", protocol];
  const perClient = load.messages / load.channels;
  await using crowd = new Program(
    clientCommand("listen", [...shared, ...flags({ ...load, messages: perClient })]),
    options,
  );
  const { clients } = await crowd.line("connected");
  await using publisher = new Program(clientCommand("pipeline", [
    ...shared,
    ...flags({ channels: load.channels, messages: load.messages }),
    ...flags({ bytes: MESSAGE_BYTES, window: WINDOW }),
  ]));
  const { per_second, lost, misplaced, ended, processor_share } = await crowd.line("measured");
  if (clients !== load.clients || lost !== 0 || misplaced !== 0 || ended !== 0) {
    throw new Error(
      `Cannot count as ${load.clients} subscribers must get every message in order: ` +
        `${clients} connected, ${lost} lost, ${misplaced} misplaced, ${ended} cut off\n` +
        `${server.log}\n${publisher.log}`,
    );
  }
  const published = await publisher.line("published");
  const generatorShare = Math.max(Number(processor_share), Number(published.processor_share));
  return { perSecond: Number(per_second), generatorShare };
}

/** What the load generator did to the figures; for the end of a row's text. */
export function generatorText(measured: readonly Deliveries[]): string {
  const share = Math.max(0, ...measured.map(({ generatorShare }) => generatorShare));
  const text = `generator ${Math.round(share * 100)} % of a core`;
  return share > BOTTLENECK_SHARE ? `${text}: IT WAS THE BOTTLENECK` : text;
}

/** Options of a crowd as its arguments: `--name value`. */
export function flags(options: Readonly<Record<string, number>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
}
