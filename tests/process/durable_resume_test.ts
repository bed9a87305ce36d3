/**
 * P4 from outside: a reader that comes back with its position gets each missed publication once and
 * in order, or is told plainly that its position is lost.
 */
import { assert, assertEquals } from "@std/assert";
import { assertStopped } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { forEachMode, Midgard, type MidgardOptions } from "../helpers/midgard.ts";
import { readLog } from "../helpers/publishers.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { range, waitFor } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";

const CHANNEL = "resumed";

/** Publishes `count` numbered bodies one after the other. */
async function publish(port: number, count: number, first = 1): Promise<void> {
  for (const index of range(count)) {
    const body = `${first + index}`;
    const response = await request(port, `POST /channels/${CHANNEL}`, { body });
    assertEquals(response.status, 200, response.body);
  }
}

/** Reads from a position until the stream has begun and `condition` holds, then leaves. */
async function readUntil(
  port: number,
  reader: SseReader,
  condition: (reader: SseReader) => boolean,
): Promise<void> {
  const reading = reader.read(port);
  await reader.until((now) => now.hasBegun && condition(now), { what: "the reader" });
  reader.close();
  await reading;
}

/** The one reset that a reader was told, and where it is told to go on. */
function assertReset(reader: SseReader, position: { epoch: string; offset: number }): void {
  assertEquals(reader.resets.map(({ data }) => JSON.parse(data)), [position], reader.summary());
  assertEquals(reader.resets[0]?.id, `${position.epoch}:${position.offset}`);
}

/** Runs a server, does something with it, and stops it with SIGINT. */
async function withServer<T>(
  options: MidgardOptions,
  use: (port: number) => Promise<T>,
): Promise<T> {
  await using server = await Midgard.start(options);
  const result = await use(server.port);
  assertEquals((await server.stop()).code, 0, `${server.log}`);
  return result;
}

forEachMode("SSE resumes over a restart: each missed publication once", async (mode) => {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path };
  const reader = new SseReader({ channel: CHANNEL });
  await withServer(options, async (port) => {
    await publish(port, 10);
    const reading = reader.read(port);
    await reader.until(({ hasBegun }) => hasBegun, { what: "the stream to begin" });
    await publish(port, 5, 11);
    await reader.until(({ position }) => position.offset === 15, { what: "what comes live" });
    reader.close();
    await reading;
    await publish(port, 5, 16);
  });
  await withServer(options, (port) => publish(port, 300, 21));
  await withServer(options, (port) => readUntil(port, reader, (r) => r.position.offset === 320));
  assertEquals(reader.offsets, range(310).map((index) => index + 11));
  assertEquals(reader.data, range(310).map((index) => `${index + 11}`));
  assertEquals(reader.resets, []);
});

forEachMode("SSE tells of a position that is trimmed, foreign or ahead", async (mode) => {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path, args: ["--history-size", "50"] };
  await withServer(options, async (port) => {
    await publish(port, 100);
    const { epoch, top, publications } = await readLog(port, CHANNEL);
    assertEquals([top, publications.length, publications[0]?.offset], [100, 50, 51]);
    for (const lost of [`${epoch}:49`, `${epoch}:0`, `${epoch}:101`, "elsewhere:75", "x:100"]) {
      const reader = new SseReader({ channel: CHANNEL, lastEventId: lost });
      await readUntil(port, reader, ({ resets }) => resets.length > 0);
      assertReset(reader, { epoch, offset: 100 });
      assertEquals(reader.data, [], "publications after a reset");
    }
    const reader = new SseReader({ channel: CHANNEL, lastEventId: `${epoch}:50` });
    await readUntil(port, reader, ({ position }) => position.offset === 100);
    assertEquals([reader.offsets, reader.resets], [range(50).map((index) => index + 51), []]);
  });
});

forEachMode("SSE goes on behind a reset with what is published next", async (mode) => {
  await using server = await Midgard.start({ mode });
  await publish(server.port, 5);
  using reader = new SseReader({ channel: CHANNEL, lastEventId: "gone:3" });
  const reading = reader.read(server.port);
  await reader.until(({ resets }) => resets.length === 1, { what: "the reset" });
  await publish(server.port, 5, 6);
  await reader.until(({ position }) => position.offset === 10, { what: "the next five" });
  assertEquals(reader.data, ["6", "7", "8", "9", "10"]);
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
  assertEquals((await reading).kind, "whole");
});

forEachMode("a history file that was removed begins a new epoch and resets", async (mode) => {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path };
  const reader = new SseReader({ channel: CHANNEL, query: "since=0" });
  const old = await withServer(options, async (port) => {
    await publish(port, 5);
    await readUntil(port, reader, ({ position }) => position.offset === 5);
    return (await readLog(port, CHANNEL)).epoch;
  });
  Deno.removeSync(folder.file);
  await withServer(options, async (port) => {
    await publish(port, 7);
    const { epoch } = await readLog(port, CHANNEL);
    assert(epoch !== old, `the epoch is ${epoch} again`);
    await readUntil(port, reader, ({ resets }) => resets.length > 0);
    assertReset(reader, { epoch, offset: 7 });
    const page = await request(port, `GET /channels/${CHANNEL}?since=5&epoch=${old}`);
    assertEquals([JSON.parse(page.body).reset, JSON.parse(page.body).epoch], [true, epoch]);
  });
});

forEachMode("history ttl hides what is old and keeps the offsets", async (mode) => {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path };
  const epoch = await withServer(options, async (port) => {
    await publish(port, 20);
    return (await readLog(port, CHANNEL)).epoch;
  });
  await withServer({ ...options, args: ["--history-ttl", "1s"] }, async (port) => {
    const isEmpty = async () => (await readLog(port, CHANNEL)).publications.length === 0;
    await waitFor(isEmpty, { what: "20 publications to grow old" });
    await publish(port, 1, 21);
    const { top, publications } = await readLog(port, CHANNEL);
    assertEquals([top, publications.map(({ offset }) => offset)], [21, [21]]);
    const reader = new SseReader({ channel: CHANNEL, lastEventId: `${epoch}:10` });
    await readUntil(port, reader, ({ resets }) => resets.length > 0);
    assertReset(reader, { epoch, offset: 21 });
    await waitFor(isEmpty, { what: "the last one to grow old" });
  });
  await withServer(options, async (port) => {
    const log = await readLog(port, CHANNEL);
    assertEquals([log.epoch, log.top], [epoch, 21], "what a channel without publications keeps");
  });
});
