/** One life of the server: what it is put through, and what it holds at its begin and end. */
import { Midgard, type RunningMidgard } from "../../tests/helpers/midgard.ts";
import { scrape } from "../../tests/helpers/prometheus.ts";
import { DeadlineExceeded, sleep, waitFor } from "../../tests/helpers/wait.ts";
import { lookAt, type ProcessLook } from "./process_look.ts";
import type { Soak } from "./soak.ts";

/** How a life ends. */
export type Ending = "SIGINT" | "SIGKILL";

/** What is written down of a life. */
export interface LifeReport {
  readonly ending: Ending;
  readonly begin: ProcessLook | undefined;
  readonly end: ProcessLook | undefined;
  readonly leaked: Leaked;
  /** From the signal to the exit. */
  readonly stopMs: number;
}

/** What was still held when all who misbehaved had gone. */
export interface Leaked {
  /** Sockets without another end, and files beyond those at the begin. */
  readonly descriptors: number;
  /** Connections that the server counts beyond those that there are. */
  readonly connections: number;
  /** Descriptors that the server says it holds without a connection. */
  readonly held: number;
  /** Resident memory beyond what a life may grow by. */
  readonly bytes: number;
}

/**
 * What a life may grow by. The heap of the runtime, the pages of SQLite and five minutes of
 * idempotency keys take some 70 MiB in the first minutes; a leak goes on where they end.
 */
const MAY_GROW_BYTES = 128 * 1_048_576;
/** Everybody is back within this time, and all who misbehaved are forgotten within it. */
const SETTLE_MS = 20_000;
/** Misbehaviour goes on for so long behind the last look, so that the end comes in its midst. */
const LAST_MISDEEDS_MS = 700;
/** `stop.timeout` is 8 s; a busy machine may need a moment more to see the exit. */
const LONGEST_STOP_MS = 9_000;

/** Lives one life for `lifeMs` and ends it. @returns undefined when the soak is interrupted in it. */
export async function live(
  soak: Soak,
  ending: Ending,
  lifeMs: number,
): Promise<LifeReport | undefined> {
  await using server = await soak.startServer();
  const begin = await lookAt(server.pid);
  soak.misbehaviour.start();
  await soak.wait(lifeMs, server);
  await soak.misbehaviour.stop();
  // On a terminal the server has been interrupted as well.
  if (soak.isInterrupted) return undefined;
  const { end, leaked } = await lookForLeaks(soak, server, begin);
  soak.misbehaviour.start();
  await sleep(LAST_MISDEEDS_MS);
  const stopMs = await endLife(soak, server, ending);
  await soak.misbehaviour.stop();
  return { ending, begin, end, leaked, stopMs };
}

/** Sends the signal and holds the exit to what was promised. */
export async function endLife(soak: Soak, server: Midgard, ending: Ending): Promise<number> {
  const { faults } = soak.account;
  const exit = await server.stop(ending);
  if (ending === "SIGINT") {
    if (exit.code !== 0) faults.add(`exit code ${exit.code} of a stop`);
    if (exit.stopped === undefined) faults.add("a stop without its last line");
    if (exit.elapsedSinceSignalMs > LONGEST_STOP_MS) faults.add("a stop beyond its timeout");
  } else if (exit.signal !== "SIGKILL") faults.add(`ended before the kill: ${exit.code}`);
  for (const { event, level } of server.log.lines) {
    if (level === "error") faults.add(`logged: ${event}`);
  }
  if (server.log.invalid.length > 0) faults.add("a log line that is no JSON");
  return exit.elapsedSinceSignalMs;
}

/** Waits until nothing is held any more, and says what still is when the time is over. */
async function lookForLeaks(
  soak: Soak,
  server: RunningMidgard,
  begin: ProcessLook | undefined,
): Promise<{ readonly end: ProcessLook | undefined; readonly leaked: Leaked }> {
  let end: ProcessLook | undefined;
  let leaked: Leaked = { descriptors: 0, connections: 0, held: 0, bytes: 0 };
  const isClean = async () => {
    await sleep(200);
    end = await lookAt(server.pid);
    leaked = { ...await countedLeaks(soak, server), ...seenLeaks(begin, end) };
    return Object.values(leaked).every((count) => count === 0);
  };
  await waitFor(isClean, { what: "nothing to be leaked", deadlineMs: SETTLE_MS })
    .catch((error) => {
      if (!(error instanceof DeadlineExceeded)) throw error;
    });
  return { end, leaked };
}

/** Leaks by the server's own account, `GET /metrics`. */
async function countedLeaks(
  soak: Soak,
  { port }: RunningMidgard,
): Promise<Pick<Leaked, "connections" | "held">> {
  const metrics = await scrape(port);
  const connections = metrics.value("midgard_connections");
  return {
    connections: Math.max(0, connections - soak.connections),
    held: Math.max(0, metrics.value("midgard_connection_descriptors") - connections),
  };
}

/** Leaks by the system's account. */
function seenLeaks(
  begin: ProcessLook | undefined,
  end: ProcessLook | undefined,
): Pick<Leaked, "descriptors" | "bytes"> {
  if (begin === undefined || end === undefined) return { descriptors: 0, bytes: 0 };
  const grown = end.residentBytes - begin.residentBytes;
  return {
    descriptors: end.orphans + Math.max(0, end.files - begin.files),
    bytes: Math.max(0, grown - MAY_GROW_BYTES),
  };
}
