import { request } from "../../tests/helpers/http.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inEachMode, inTurns } from "./benchmark.ts";
import { baselineCommand, clientCommand, midgardCommand } from "./build.ts";
import type { Mode } from "../../tests/helpers/midgard.ts";
import { connectMs } from "./connect.ts";
import { flags } from "./deliveries.ts";
import { Program } from "./program.ts";
import { comparedRow, type Row } from "./row.ts";

const MAX_RATIO = 1.5;
const CHANNEL = "resume";

/** Messages before the clients went, and while they were away. */
const SEEN = 10;
const MISSED = 10;

/** How often somebody publishes while they come back. */
const PUBLISH_EVERY_MS = 500;

/** Room for the publisher. */
const ARGS = ["--max-connections", "20000"];

/** Everybody comes back at once, and wants what was published meanwhile. */
export const RESUME: Benchmark = {
  name: "resume",
  about: "10 000 Centrifuge clients resume after a restart, beside as many bare upgrades",
  run: (context) => inEachMode(context, compare),
};

async function compare(mode: Mode, context: BenchmarkContext): Promise<Row[]> {
  const commands = {
    midgard: await midgardCommand(mode, ARGS),
    bare: await baselineCommand("bare", mode),
  };
  const { midgard, bare } = await inTurns(context, {
    midgard: () => resumeMs(commands.midgard, context),
    bare: () => connectMs(commands.bare, { protocol: "plain", limits: context.limits }),
  });
  const what = `${context.limits.clients} Centrifuge clients until the last subscribe reply, ` +
    `${MISSED} messages missed, 0 lost, 0 repeated, beside bare upgrades, ${mode}`;
  return [
    comparedRow({ benchmark: RESUME.name, what, unit: "ms" }, {
      subject: midgard,
      baseline: bare,
      maxRatio: MAX_RATIO,
    }),
  ];
}

/** The first server knows the position that the clients left at; the second one is measured. */
async function resumeMs(
  command: readonly string[],
  { limits: { clients, descriptors } }: BenchmarkContext,
): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    const { epoch, offset } = await leave(command, folder);
    await using server = new Program(command, { folder, descriptors });
    const port = await server.port();
    for (let message = 0; message < MISSED; message++) await publish(port, "missed");
    const args = [...flags({ port, clients, offset }), "--epoch", epoch];
    await using crowd = new Program(clientCommand("returning", args), { descriptors });
    const connected = await publishUntil(crowd.line("connected"), port);
    await publish(port, "last");
    const { complete, lost, repeated } = await crowd.line("measured");
    if (complete !== clients || lost !== 0 || repeated !== 0) {
      throw new Error(
        `Cannot count as all ${clients} clients must get every message once: ` +
          `${complete} got the last one, ${lost} lost, ${repeated} repeated`,
      );
    }
    return Number(connected.duration_ms);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** A first server stores some messages and stops; gives where the channel was then. */
async function leave(command: readonly string[], folder: string): Promise<Position> {
  await using server = new Program(command, { folder });
  const port = await server.port();
  let position = { epoch: "", offset: 0 };
  for (let message = 0; message < SEEN; message++) position = await publish(port, "seen");
  server.signal("SIGINT");
  await server.exitedAt;
  return position;
}

async function publish(port: number, text: string): Promise<Position> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ [text]: "x".repeat(100) });
  const answer = await request(port, `POST /channels/${CHANNEL}`, { headers, body });
  if (answer.status !== 200) throw new Error(`Cannot publish: ${answer.body}`);
  return JSON.parse(answer.body);
}

/** Publishes now and then while something is awaited, so that recovery meets live messages. */
async function publishUntil<T>(awaited: Promise<T>, port: number): Promise<T> {
  let isOver = false;
  const end = awaited.finally(() => isOver = true);
  end.catch(() => {});
  while (!isOver) {
    await publish(port, "live");
    await new Promise((resolve) => setTimeout(resolve, PUBLISH_EVERY_MS));
  }
  return await end;
}
