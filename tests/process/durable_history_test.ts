/**
 * What history promises besides resuming: the last publications for a plain WebSocket, a repeat that
 * is recognised even after `kill -9`, and a memory that forgets without pretending otherwise.
 */
import { assertEquals } from "@std/assert";
import { assertStopped } from "../helpers/expectations.ts";
import { textOf } from "../helpers/frames.ts";
import { type HttpResponse, request } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { readLog } from "../helpers/publishers.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { range } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";

const CHANNEL = "remembered";
forEachMode("history=N gives what is kept where less is kept", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--history-size", "5"] });
  const path = `/channels/${CHANNEL}?history=100`;
  using early = await RawPeer.connect({ port: server.port, path });
  for (const index of range(9)) await early.text(`${index}`);
  using witness = await RawPeer.connect({ port: server.port, path: `${path}&echo=1` });
  await witness.until(({ messageCount }) => messageCount === 5, { what: "what is kept" });
  assertEquals(witness.messages.map(textOf), ["4", "5", "6", "7", "8"]);
  await witness.text("live");
  await witness.until(({ messageCount }) => messageCount === 6, { what: "what comes live" });
  assertEquals(early.messages.map(textOf), ["live"], "no echo without echo=1");
  assertStopped(await server.stop(), { clients: 2, closed_cleanly: 2, received: 10 });
});

function post(port: number, key: string, body: string): Promise<HttpResponse> {
  const headers = { "Idempotency-Key": key };
  return request(port, `POST /channels/${CHANNEL}`, { headers, body });
}

forEachMode("an idempotency key is remembered over kill -9", async (mode) => {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path };
  const first = await (async () => {
    await using server = await Midgard.start(options);
    await post(server.port, "other", "before");
    const answer = await post(server.port, "order 7", "paid");
    assertEquals(answer.status, 200);
    assertEquals((await post(server.port, "order 7", "paid")).body, answer.body);
    await server.stop("SIGKILL");
    return answer;
  })();
  await using server = await Midgard.start(options);
  const again = await post(server.port, "order 7", "paid");
  assertEquals([again.status, again.body], [200, first.body]);
  const changed = await post(server.port, "order 7", "paid twice");
  assertEquals([changed.status, JSON.parse(changed.body).error.code], [409, "key_conflict"]);
  const { publications } = await readLog(server.port, CHANNEL);
  assertEquals(publications.map(({ data }) => data), ["before", "paid"]);
  assertEquals(JSON.parse((await post(server.port, "order 8", "paid")).body).offset, 3);
  assertStopped(await server.stop());
});

forEachMode("an idempotency key in flight many times at once is stored once", async (mode) => {
  await using server = await Midgard.start({ mode });
  const answers = await Promise.all(range(50).map(() => post(server.port, "storm", "one")));
  assertEquals(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size, 1);
  assertEquals((await readLog(server.port, CHANNEL)).publications.length, 1);
  assertStopped(await server.stop());
});

forEachMode("data memory serves, forgets on a stop, and exits 0", async (mode) => {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path, args: ["--data", "memory"] };
  const reader = new SseReader({ channel: CHANNEL, query: "since=0" });
  {
    await using server = await Midgard.start(options);
    const reading = reader.read(server.port);
    for (const key of ["a", "b", "c"]) await post(server.port, key, key);
    await reader.until(({ position }) => position.offset === 3, { what: "three publications" });
    assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
    await reading;
    const [line] = server.log.of("history_forgotten");
    assertEquals([line?.level, line?.["channels"]], ["info", 1], `${server.log}`);
  }
  await using server = await Midgard.start(options);
  const reading = reader.read(server.port);
  await reader.until(({ resets }) => resets.length === 1, { what: "the reset" });
  reader.close();
  await reading;
  assertEquals((await readLog(server.port, CHANNEL)).top, 0);
  assertEquals([...Deno.readDirSync(folder.path)], [], "files of a server that keeps none");
  assertStopped(await server.stop());
});
