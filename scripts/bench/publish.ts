import { MemoryLog, SqliteLog } from "../../server/history/mod.ts";
import type { HistoryLog, Retention } from "../../server/history/mod.ts";
import { Hub } from "../../server/hub/mod.ts";
import type { Payload } from "../../server/publication.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inTurns } from "./benchmark.ts";
import { clientCommand, midgardCommand } from "./build.ts";
import { BOTTLENECK_SHARE, flags } from "./deliveries.ts";
import { CORES, onCore } from "./processor_use.ts";
import { Program } from "./program.ts";
import { comparedRow, plainRow, type Row } from "./row.ts";

const PUBLISHERS = 64;
const SECONDS = 2;

/** Publications that a connection may have sent without an answer. */
const UNDER_WAY = 16;
const KEPT: Retention = { size: 1_000, ttlMs: 86_400_000 };
const PAYLOAD: Payload = { kind: "text", text: "x".repeat(128) };

/** Acknowledged publications per second that SQLite must reach. */
const MIN_PER_SECOND = 50_000;

/** How fast publications are stored, trimmed and acknowledged. */
export const PUBLISH: Benchmark = {
  name: "publish",
  about: `acknowledged publications per second, ${PUBLISHERS} publishers, history trimmed to 1 000`,
  run,
};

type Contestant =
  | "one"
  | "sqlite"
  | "disk"
  | "memory"
  | "centrifuge"
  | "centrifugeMemory"
  | "centrifugeChannels"
  | "centrifugeChannelsMemory"
  | "http"
  | "httpMemory";

async function run(context: BenchmarkContext): Promise<Row[]> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/bench.db`;
  const commands = {
    commit: await midgardCommand("compiled", ["--data", path]),
    memory: await midgardCommand("compiled", ["--data", "memory"]),
  };
  const sqlite = (durability: "commit" | "disk", channels: number) => () =>
    inProcess(new SqliteLog({ path, durability, retention: () => KEPT }), channels);
  const measured = await inTurns(context, {
    one: sqlite("commit", 1),
    sqlite: sqlite("commit", PUBLISHERS),
    disk: sqlite("disk", PUBLISHERS),
    memory: () => inProcess(new MemoryLog({ retention: () => KEPT }), PUBLISHERS),
    centrifuge: () => overCentrifuge(commands.commit, 1),
    centrifugeMemory: () => overCentrifuge(commands.memory, 1),
    centrifugeChannels: () => overCentrifuge(commands.commit, PUBLISHERS),
    centrifugeChannelsMemory: () => overCentrifuge(commands.memory, PUBLISHERS),
    http: () => overHttp(commands.commit),
    httpMemory: () => overHttp(commands.memory),
  });
  await Deno.remove(folder, { recursive: true });
  return rowsOf(measured);
}

function rowsOf(measured: Readonly<Record<Contestant, readonly number[]>>): Row[] {
  const about = { benchmark: PUBLISH.name, unit: "/s" };
  const { sqlite: subject, memory: baseline } = measured;
  return [
    plainRow({ ...about, what: "in process, SQLite, one channel" }, measured.one, {
      min: MIN_PER_SECOND,
    }),
    comparedRow({ ...about, what: `in process, ${PUBLISHERS} channels, SQLite beside memory` }, {
      subject,
      baseline,
    }),
    plainRow({ ...about, what: `the same, --durability disk` }, measured.disk),
    comparedRow({ ...about, what: overCentrifugeText("one channel") }, {
      subject: measured.centrifuge,
      baseline: measured.centrifugeMemory,
      bounds: { min: MIN_PER_SECOND },
    }),
    comparedRow({ ...about, what: overCentrifugeText(`${PUBLISHERS} channels`) }, {
      subject: measured.centrifugeChannels,
      baseline: measured.centrifugeChannelsMemory,
    }),
    comparedRow({ ...about, what: "over HTTP, compiled, SQLite beside memory" }, {
      subject: measured.http,
      baseline: measured.httpMemory,
    }),
  ];
}

/** Publishers that each wait for the answer to one publication before they send the next. */
async function inProcess(log: HistoryLog, channels: number): Promise<number> {
  const hub = new Hub({ log });
  const endsAt = performance.now() + SECONDS * 1_000;
  let acknowledged = 0;
  const publish = (publisher: number, done: () => void) => {
    hub.publish({
      channel: `bench-${publisher % channels}`,
      payload: PAYLOAD,
      onAppended: ({ kind }) => {
        if (kind === "stored") acknowledged += 1;
        if (performance.now() < endsAt) publish(publisher, done);
        else done();
      },
    });
  };
  const startedAt = performance.now();
  const publishers = Array.from(
    { length: PUBLISHERS },
    (_, publisher) => new Promise<void>((done) => publish(publisher, done)),
  );
  await Promise.all(publishers);
  const seconds = (performance.now() - startedAt) / 1_000;
  await hub.stored();
  await log.close();
  return acknowledged / seconds;
}

/** Publications over HTTP that are acknowledged in a second. */
export async function overHttp(command: readonly string[]): Promise<number> {
  await using server = new Program(command);
  const wish = { port: await server.port(), publishers: PUBLISHERS, seconds: SECONDS };
  const args = Object.entries(wish).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  await using crowd = new Program(clientCommand("publish", args));
  return Number((await crowd.line("measured"))["per_second"]);
}

function overCentrifugeText(channels: string): string {
  return `over Centrifuge, ${PUBLISHERS} connections, ${UNDER_WAY} under way on each, ` +
    `${channels}, compiled, SQLite beside memory`;
}

/** Publications over Centrifuge, to so many channels, that are acknowledged in a second. */
export async function overCentrifuge(
  command: readonly string[],
  channels: number,
): Promise<number> {
  await using server = new Program(command, onCore(CORES.server));
  const load = { publishers: PUBLISHERS, channels, window: UNDER_WAY, seconds: SECONDS };
  const args = flags({ port: await server.port(), ...load });
  await using crowd = new Program(clientCommand("acknowledged", args), onCore(CORES.crowd));
  const { clients, per_second, processor_share } = await crowd.line("measured");
  if (clients === PUBLISHERS && Number(processor_share) < BOTTLENECK_SHARE) {
    return Math.round(Number(per_second));
  }
  throw new Error(
    `Cannot count what ${PUBLISHERS} publishers get acknowledged: ${clients} connected, ` +
      `and they used ${processor_share} of a core`,
  );
}
