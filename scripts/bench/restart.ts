import { request } from "../../tests/helpers/http.ts";
import { waitFor } from "../../tests/helpers/wait.ts";
import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { inTurns } from "./benchmark.ts";
import { clientCommand, midgardCommand } from "./build.ts";
import { flags } from "./deliveries.ts";
import { rounded } from "./figures.ts";
import { Program } from "./program.ts";
import { plainRow, type Row } from "./row.ts";

const CLIENTS = 100;
const RESTARTS_PER_ROUND = 10;
const MAX_MS = 250;

/** Ctrl-C, and the same command again, as fast as a shell can. */
export const RESTART: Benchmark = {
  name: "restart",
  about: "Ctrl-C to the next instance answering /readyz on the same port, 100 clients connected",
  run,
};

async function run({ rounds, say }: BenchmarkContext): Promise<Row[]> {
  const port = freePort();
  const commands = {
    source: await midgardCommand("source", ["--port", `${port}`]),
    compiled: await midgardCommand("compiled", ["--port", `${port}`]),
  };
  const { source, compiled } = await inTurns({ rounds: rounds * RESTARTS_PER_ROUND, say }, {
    source: () => restartMs(commands.source, port),
    compiled: () => restartMs(commands.compiled, port),
  });
  const what = `Ctrl-C to the next 200 of /readyz, ${CLIENTS} clients, ${source.length} times`;
  const row = (mode: string, values: number[]) =>
    plainRow({ benchmark: RESTART.name, what: `${what}, ${mode}`, unit: "ms" }, values, {
      max: MAX_MS,
    });
  return [row("source", source), row("compiled", compiled)];
}

/** Both instances work in one folder, so the second finds what the first has stored. */
async function restartMs(command: readonly string[], port: number): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    await using first = new Program(command, { folder });
    await first.line("ready");
    const args = ["--protocol", "plain", ...flags({ port, clients: CLIENTS })];
    await using crowd = new Program(clientCommand("idle", args));
    const { clients } = await crowd.line("connected");
    if (clients !== CLIENTS) throw new Error(`Cannot restart: ${clients} of ${CLIENTS} connected`);
    const signalledAt = first.signal("SIGINT");
    await first.exitedAt;
    await using second = new Program(command, { folder });
    await second.line("ready");
    const isReady = async () => (await request(port, "GET /readyz")).status === 200;
    await waitFor(isReady, { what: "a 200 of /readyz" });
    return rounded(performance.now() - signalledAt);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
