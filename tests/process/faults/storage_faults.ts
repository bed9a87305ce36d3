/** The history file goes away under the server. */
import { assert, assertEquals } from "@std/assert";
import { assertProperClose, assertStopped } from "../../helpers/expectations.ts";
import { request } from "../../helpers/http.ts";
import { Midgard, type Mode, type RunningMidgard } from "../../helpers/midgard.ts";
import { readLog } from "../../helpers/publishers.ts";
import { RawPeer } from "../../helpers/raw_peer.ts";
import { range, waitFor, within } from "../../helpers/wait.ts";
import { DataFolder } from "../durable_files.ts";
import type { FaultTable } from "./fault_table.ts";

const CHANNEL = "vanishing";

/** Publishes once; the status and, where it was refused, the code. */
async function publish({ port }: RunningMidgard): Promise<string> {
  const { status, body } = await request(port, `POST /channels/${CHANNEL}`, { body: "x" });
  return status === 200 ? "200" : `${status} ${JSON.parse(body).error.code}`;
}

async function publishUntil(server: RunningMidgard, answer: string): Promise<number> {
  let others = 0;
  await waitFor(async () => await publish(server) === answer || (others++, false), {
    what: `a publication to be answered with ${answer}`,
  });
  return others;
}

async function fileMoves(mode: Mode): Promise<string> {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path };
  await using server = await Midgard.start(options);
  using reader = await RawPeer.connect({ port: server.port, path: `/channels/${CHANNEL}` });
  for (const _publication of range(20)) assertEquals(await publish(server), "200");
  const away = `${folder.path}/elsewhere.db`;
  Deno.renameSync(folder.file, away);
  const late = await publishUntil(server, "503 not_stored");
  const line = await within(server.log.next("store_failed"), { what: "a line about it" });
  assert(`${line?.["message"]}`.includes("was removed or replaced"), JSON.stringify(line));
  // Reading goes on, and nobody was closed.
  const stored = 20 + late;
  assertEquals((await readLog(server.port, CHANNEL)).top, stored);
  Deno.renameSync(away, folder.file);
  const refused = 1 + await publishUntil(server, "200");
  assertEquals(server.log.of("store_restored").length, 1);
  await reader.until(({ messageCount }) => messageCount === stored + 1, { what: "what is stored" });
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
  await assertProperClose(reader);
  await using next = await Midgard.start(options);
  assertEquals((await readLog(next.port, CHANNEL)).top, stored + 1);
  assertStopped(await next.stop(), { clients: 0 });
  return `${refused} refused with 503, ${stored + 1} of ${stored + 1} acknowledged kept`;
}

async function fileIsRemoved(mode: Mode): Promise<string> {
  await using folder = new DataFolder();
  await using server = await Midgard.start({ mode, cwd: folder.path });
  using reader = await RawPeer.connect({ port: server.port, path: `/channels/${CHANNEL}` });
  for (const _publication of range(20)) assertEquals(await publish(server), "200");
  Deno.removeSync(folder.file);
  await publishUntil(server, "503 not_stored");
  const exit = await server.stop();
  assertEquals([exit.code, server.log.invalid], [1, []], `${server.log}`);
  await assertProperClose(reader);
  return `503 not_stored, clients closed with 1001, exit ${exit.code}`;
}

/** Registers them. */
export function addStorageFaults(table: FaultTable): void {
  table.add({
    name: "the history file is moved away under the server, and back",
    outcome: "publications are refused with 503 until it is back, nothing acknowledged is lost",
  }, fileMoves);
  table.add({
    name: "the history file is removed under the server",
    outcome:
      "publications are refused with 503, a stop closes properly and exits 1: the history is gone",
  }, fileIsRemoved);
}
