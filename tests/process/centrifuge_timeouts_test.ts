/** Clients of the Centrifuge protocol that say nothing: without a connect, and without a pong. */
import { assert, assertEquals } from "@std/assert";
import { RawCentrifugePeer } from "../helpers/raw_centrifuge_peer.ts";
import { ClientStream } from "../helpers/client_stream.ts";
import { assertProperClose, assertStopped, SHUTDOWN } from "../helpers/expectations.ts";
import { forEachMode, Midgard, type Mode, type RunningMidgard } from "../helpers/midgard.ts";
import { within } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";

const STALE = { code: 3502, reason: "stale" };
const NO_PONG = { code: 3012, reason: "no pong" };
const CONFIG = {
  client: {
    ...{ ping_interval: "1s", pong_timeout: "300ms", stale_close_delay: "400ms" },
    allow_anonymous_connect_without_token: true,
  },
};

async function startServer(mode: Mode, { path }: DataFolder): Promise<RunningMidgard> {
  await Deno.writeTextFile(`${path}/midgard.json`, JSON.stringify(CONFIG));
  return await Midgard.start({ mode, cwd: path, args: ["--config", "midgard.json"] });
}

const isPing = (line: object) => Object.keys(line).length === 0;

forEachMode("a connection without a connect command is closed with 3502", async (mode) => {
  await using folder = new DataFolder();
  await using server = await startServer(mode, folder);
  using connected = await RawCentrifugePeer.open({ port: server.port });
  await connected.connect();
  const openedAtMs = performance.now();
  using silent = await RawCentrifugePeer.open({ port: server.port });
  await assertProperClose(silent.raw, STALE);
  const afterMs = performance.now() - openedAtMs;
  assert(afterMs >= 390 && afterMs < 1_500, `it was closed after ${afterMs} ms`);
  assertEquals(connected.isClosing, false, "who has connected is not stale");
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
});

forEachMode("a client that leaves a ping unanswered is closed with 3012", async (mode) => {
  await using folder = new DataFolder();
  await using server = await startServer(mode, folder);
  const { port } = server;
  using answering = await RawCentrifugePeer.open({ port });
  using silent = await RawCentrifugePeer.open({ port });
  using busy = await RawCentrifugePeer.open({ port });
  using stream = await ClientStream.open({ port, kind: "http_stream" });
  for (const peer of [answering, silent, busy]) await peer.connect();
  const [{ connect }] = silent.lines;
  assertEquals([connect.ping, connect.pong], [1, true]);
  let answered = 0;
  const answer = async () => {
    // More than one interval: each ping wants an answer of its own.
    for (; answered < 3; answered++) {
      const pings = () => answering.lines.filter(isPing).length;
      await answering.raw.until(() => pings() > answered, { what: "a ping" });
      await answering.raw.text("{}");
    }
  };
  const answers = answer();
  const pingedAt = silent.line("a ping", isPing).then(() => performance.now());
  // Other traffic is no pong.
  void busy.line("a ping", isPing).then(() => busy.send({ channel: "x", unsubscribe: true }));
  await assertProperClose(silent.raw, NO_PONG);
  const afterMs = performance.now() - await pingedAt;
  assert(afterMs >= 280 && afterMs < 1_200, `it was closed ${afterMs} ms after the ping`);
  await assertProperClose(busy.raw, NO_PONG);
  assertEquals(await within(stream.ended, { what: "the stream to end" }), "whole");
  assertEquals(stream.lines.at(-1), { push: { disconnect: NO_PONG } });
  await answers;
  assertEquals(answering.isClosing, false, "who answers stays");
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
  await assertProperClose(answering.raw, SHUTDOWN);
});
