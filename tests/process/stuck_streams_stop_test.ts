/**
 * P6 for streams of every kind: a reader that has stopped reading costs a stop no more than
 * `close_timeout`, whatever waits for it.
 */
import { assert, assertEquals } from "@std/assert";
import { ClientStream, type StreamKind } from "../helpers/client_stream.ts";
import { assertSoundLog, assertStopped, report } from "../helpers/expectations.ts";
import { kernelBufferBytes } from "../helpers/kernel_buffers.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { inParallel, range } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";

const HEALTHY = 10;
const KINDS: readonly StreamKind[] = ["http_stream", "sse"];
const CONFIG = {
  client: {
    ...{ allow_anonymous_connect_without_token: true, insecure: true },
    // So that what waits for a reader is there at the stop, and not given up before it.
    queue_max_size: 100_000_000,
  },
  channel: { without_namespace: { history_size: 10_000, history_ttl: "1h" } },
};
const BODY = "x".repeat(50_000);
/** More than the kernel and the server's own buffers take for a reader that does not read. */
const BODIES = Math.ceil((await kernelBufferBytes() + 4_000_000) / BODY.length);

/** A stream of each kind of client for `channel`. */
function openStreams(port: number, channel: string, count: number): Promise<ClientStream[]> {
  return inParallel(
    range(count),
    (index) =>
      ClientStream.open({ port, kind: KINDS[index % 2]!, commands: [{ subscribe: { channel } }] }),
  );
}

forEachMode("streams that are not read delay a stop by close-timeout only", async (mode) => {
  await using folder = new DataFolder();
  await Deno.writeTextFile(`${folder.path}/midgard.json`, JSON.stringify(CONFIG));
  const args = ["--config", "midgard.json", "--close-timeout", "1s"];
  await using server = await Midgard.start({ mode, cwd: folder.path, args });
  const { port } = server;
  const healthy = await openStreams(port, "quiet", HEALTHY);
  const stuck = await openStreams(port, "flood", KINDS.length);
  using events = new SseReader({ channel: "flood" });
  const reading = events.read(port);
  await events.until(({ hasBegun }) => hasBegun, { what: "the events to begin" });
  for (const reader of [...stuck, events]) reader.pause();
  for (const _body of range(BODIES)) {
    const url = `http://127.0.0.1:${port}/channels/flood`;
    const answer = await fetch(url, { method: "POST", body: BODY });
    await answer.body?.cancel();
  }
  const exit = await server.stop();
  const { elapsedSinceSignalMs: stopMs } = exit;
  report(`${mode}: stop with 3 of ${HEALTHY + 3} streams stuck: ${Math.round(stopMs)} ms`);
  assertEquals(
    await Promise.all(healthy.map(({ ended }) => ended)),
    healthy.map(() => "whole" as const),
  );
  assertStopped(exit, { clients: HEALTHY + 3, closed_cleanly: HEALTHY, terminated: 3 });
  assertSoundLog(server);
  assert(stopMs >= 900 && stopMs < 2_500, `the stop took ${stopMs} ms`);
  for (const reader of stuck) reader[Symbol.dispose]();
  events.close();
  events.resume();
  await Promise.all([reading, ...stuck.map(({ ended }) => ended)]);
});
