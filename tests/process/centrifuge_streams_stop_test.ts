/**
 * P1 and P2 for clients of the Centrifuge protocol that cannot use a WebSocket: their streams
 * end whole, behind a last message that says why, and what they had sent beside them is stored.
 */
import { assert, assertEquals } from "@std/assert";
import { RawCentrifugePeer } from "../helpers/raw_centrifuge_peer.ts";
import { ClientStream, type StreamKind, streamRequest } from "../helpers/client_stream.ts";
import { assertSoundLog, assertStopped, report, SHUTDOWN } from "../helpers/expectations.ts";
import { HttpExchange, rawRequest, requestText } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { readLog } from "../helpers/publishers.ts";
import { inParallel, range, within } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";

const KINDS: readonly StreamKind[] = ["http_stream", "sse"];
const STREAMS = 40;

/** The last message says why, exactly one does, and the response has its end. */
async function assertProperEnd(stream: ClientStream): Promise<void> {
  const ending = await within(stream.ended, { what: "the stream to end" });
  const goodbyes = stream.lines.filter(({ push }) => push?.disconnect !== undefined);
  assertEquals(goodbyes, [{ push: { disconnect: SHUTDOWN } }]);
  assertEquals(stream.lines.at(-1), goodbyes[0], "the last message");
  assertEquals(ending, "whole");
}

function openStreams(port: number, channelOf: (index: number) => string): Promise<ClientStream[]> {
  return inParallel(range(STREAMS), (index) =>
    ClientStream.open({
      port,
      kind: KINDS[index % 2]!,
      commands: [{ subscribe: { channel: channelOf(index) } }],
    }));
}

forEachMode("stop ends every stream whole, with a last message that says why", async (mode) => {
  await using server = await Midgard.start({ mode });
  const streams = await openStreams(server.port, () => "news");
  await fetch(`http://127.0.0.1:${server.port}/channels/news`, { method: "POST", body: "last" })
    .then((answer) => answer.body?.cancel());
  const exit = await server.stop();
  for (const stream of streams) {
    await assertProperEnd(stream);
    assertEquals(stream.lines.at(-2)?.push?.pub?.data, "last", "what was published before");
  }
  assertStopped(exit, {
    clients: STREAMS,
    closed_cleanly: STREAMS,
    terminated: 0,
    received: STREAMS,
  });
  assertSoundLog(server);
  assert(exit.elapsedSinceSignalMs < 1_000, `the stop took ${exit.elapsedSinceSignalMs} ms`);
});

/** What became of one publish that was sent beside a stream. */
interface Emulated {
  readonly data: string;
  readonly status: number | undefined;
}

/** Publishes beside a stream, one after the other on one connection, until the stream says goodbye. */
async function publishBeside(
  stream: ClientStream,
  port: number,
  name: string,
): Promise<Emulated[]> {
  const sent: Emulated[] = [];
  using exchange = await HttpExchange.open(port);
  while (!stream.isClosing) {
    const data = `${name} ${sent.length}`;
    const body = stream.emulation({ publish: { channel: "beside", data } });
    await exchange.write(requestText("POST /emulation", {
      "Content-Type": "application/json",
    }, { body }));
    const outcome = await exchange.response();
    const status = outcome.kind === "response" ? outcome.response.status : undefined;
    sent.push({ data, status });
    if (status === undefined) break;
  }
  return sent;
}

forEachMode("stop stores what was sent beside a stream before its last message", async (mode) => {
  await using folder = new DataFolder();
  const options = { mode, cwd: folder.path, args: ["--history-size", "1000000"] };
  const statuses: Record<string, number> = {};
  const sent: string[] = [];
  for (const round of range(5)) {
    await using server = await Midgard.start(options);
    const streams = await openStreams(server.port, (index) => `own-${index}`);
    const publishing = streams.map((stream, index) =>
      publishBeside(stream, server.port, `${round}-${index}`)
    );
    await streams[0]!.until(({ lines }) => lines.filter(({ publish }) => publish).length > 20, {
      what: "some publishing",
    });
    const exit = await server.stop();
    for (const stream of streams) await assertProperEnd(stream);
    assertStopped(exit, { clients: STREAMS, closed_cleanly: STREAMS });
    for (const { data, status } of (await Promise.all(publishing)).flat()) {
      statuses[`${status}`] = (statuses[`${status}`] ?? 0) + 1;
      sent.push(data);
    }
  }
  await using server = await Midgard.start(options);
  const { publications } = await readLog(server.port, "beside");
  const stored = new Set(publications.map(({ data }) => data));
  const lost = sent.filter((data) => !stored.has(data));
  report(`${mode}: ${sent.length} published beside streams, answers ${JSON.stringify(statuses)}`);
  assertEquals([lost.length, stored.size], [0, publications.length], "lost, and stored once");
});

forEachMode("stop refuses new streams with 503 while it is closing", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--close-timeout", "1s"] });
  using silent = await RawCentrifugePeer.open({
    port: server.port,
    beforeClose: () => new Promise(() => {}),
  });
  await silent.connect();
  server.signal("SIGINT");
  await silent.raw.until(({ closeFrames }) => closeFrames.length > 0, { what: "the Close" });
  for (const kind of KINDS) {
    const { status, headers, body } = await rawRequest(server.port, streamRequest({ kind }));
    assertEquals([status, headers.has("retry-after")], [503, true], body);
    assertEquals(JSON.parse(body).error.code, "stopping");
  }
  assertStopped(await server.exit(), { clients: 1, terminated: 1 });
});
