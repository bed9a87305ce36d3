/** The wall clock jumps: by libfaketime, which reads the jump from a file. */
import { assert, assertEquals } from "@std/assert";
import { assertStopped } from "../../helpers/expectations.ts";
import { request } from "../../helpers/http.ts";
import { Midgard, type Mode, type RunningMidgard } from "../../helpers/midgard.ts";
import { readLog } from "../../helpers/publishers.ts";
import { scrape } from "../../helpers/prometheus.ts";
import { SseReader } from "../../helpers/sse_reader.ts";
import { range } from "../../helpers/wait.ts";
import { DataFolder } from "../durable_files.ts";
import type { FaultTable } from "./fault_table.ts";
import { outputOf, Pair, whyNot } from "./server_process.ts";

const FIND = 'find /usr/lib /lib -name "libfaketimeMT.so.1" | grep -m 1 .';
const JUMPS = ["+2h", "-3h", "+20h", "+0"] as const;
const CHANNEL = "clock";

/** Publishes ten, each acknowledged. */
async function publish({ port }: RunningMidgard): Promise<void> {
  for (const index of range(10)) {
    assertEquals(
      (await request(port, `POST /channels/${CHANNEL}`, { body: `${index}` })).status,
      200,
    );
  }
}

/** Milliseconds from this clock to that of the server, as its newest publication tells it. */
async function offsetOf({ port }: RunningMidgard): Promise<number> {
  const { body } = await request(port, `GET /channels/${CHANNEL}?reverse&limit=1`);
  return JSON.parse(body).publications[0].time - Date.now();
}

/** Starts a server whose wall clock shows what the file says; the clock of its timers is real. */
async function startServer(
  mode: Mode,
  { path }: DataFolder,
  file: string,
): Promise<RunningMidgard> {
  const env = {
    ...{ LD_PRELOAD: outputOf("sh", "-c", FIND).trim(), FAKETIME_TIMESTAMP_FILE: file },
    ...{ FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" },
  };
  return await Midgard.start({ mode, cwd: path, env });
}

async function clockJumps(mode: Mode): Promise<string> {
  await using folder = new DataFolder();
  const file = `${folder.path}/clock`;
  await Deno.writeTextFile(file, "+0");
  await using server = await startServer(mode, folder, file);
  using pair = await Pair.connect(server);
  using reader = new SseReader({ channel: CHANNEL, query: "since=0" });
  const reading = reader.read(server.port);
  const seen: number[] = [];
  for (const jump of JUMPS) {
    await Deno.writeTextFile(file, jump);
    await publish(server);
    seen.push(Math.round(await offsetOf(server) / 3_600_000));
    await pair.exchange(10);
  }
  assertEquals(seen, [2, -3, 20, 0], "the server did not see the clock jump");
  const count = 10 * JUMPS.length;
  await reader.until(({ position }) => position.offset === count, { what: "all of it" });
  assertEquals(reader.offsets, range(count).map((index) => index + 1));
  assertEquals((await readLog(server.port, CHANNEL)).publications.length, count);
  assertEquals((await scrape(server.port)).find("midgard_connections"), 3);
  pair.assertOpen();
  const exit = await server.stop();
  assertStopped(exit, { clients: 3, closed_cleanly: 3 });
  assertEquals((await reading).kind, "whole");
  assert(exit.elapsedSinceSignalMs < 2_000, `the stop took ${exit.elapsedSinceSignalMs} ms`);
  return `${count} of ${count} kept and delivered in order, 0 of 3 clients lost, slowest message ` +
    `${pair.slowestMs} ms`;
}

/** Registers them. */
export function addClockFaults(table: FaultTable): void {
  table.add({
    name: "the clock jumps by hours, forwards and backwards",
    outcome: "nobody is thrown out, offsets go on, what is younger than `history_ttl` is kept",
    missing: whyNot("libfaketime is not installed", "sh", "-c", FIND),
  }, clockJumps);
}
