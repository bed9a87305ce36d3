/**
 * A channel is a log, whoever looks and whatever wire they look through: every protocol shows the
 * same publications in the same order, each in the form that SPEC 5 gives it there.
 */
import { assertEquals } from "@std/assert";
import { report, SHUTDOWN, STOPPING } from "../helpers/expectations.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { readLog } from "../helpers/publishers.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range } from "../helpers/wait.ts";
import {
  allShown,
  eventsViewer,
  loggedOf,
  officialViewer,
  plainViewer,
  rawSocketViewer,
  rawStreamViewer,
  type Viewer,
} from "./channel_viewers.ts";

const CHANNEL = "everyone";
/** Publications of each way to publish in the burst. */
const BURST = 40;

/** Posts to an address of the server, which must take it. */
async function post(
  port: number,
  path: string,
  { type, body }: { readonly type: string; readonly body: BodyInit },
): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  const text = await answer.text();
  assertEquals([answer.status, JSON.parse(text).error], [200, undefined], text);
}

/** Everyone who looks, and the ways to publish. */
async function gather(port: number) {
  const official = (
    encoding: "JSON" | "Protobuf",
    transport: "websocket" | "http_stream" | "sse",
  ) => officialViewer(port, CHANNEL, { encoding, transport });
  const plain = await plainViewer(port, CHANNEL);
  const events = await eventsViewer(port, CHANNEL);
  const clients = [
    await rawSocketViewer(port, CHANNEL),
    await rawStreamViewer(port, CHANNEL, "http_stream"),
    await rawStreamViewer(port, CHANNEL, "sse"),
  ];
  const publishers = {
    json: await official("JSON", "websocket"),
    jsonStream: await official("JSON", "http_stream"),
    jsonEvents: await official("JSON", "sse"),
    protobuf: await official("Protobuf", "websocket"),
    protobufStream: await official("Protobuf", "http_stream"),
  };
  return { plain, events, clients: [...clients, ...Object.values(publishers)], publishers };
}

/** One publication each way, and what the log must show for it, in order. */
function eachWay(
  port: number,
  publishers: Awaited<ReturnType<typeof gather>>["publishers"],
  plain: { text(text: string): Promise<boolean>; binary(bytes: Uint8Array): Promise<boolean> },
): readonly (readonly [publish: () => Promise<unknown>, shown: Record<string, unknown>])[] {
  const bytes = (...values: number[]) => new Uint8Array(values);
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const channel = `/channels/${CHANNEL}`;
  const api = (fields: Record<string, unknown>) => {
    const body = JSON.stringify({ channel: CHANNEL, ...fields });
    return post(port, "/api/publish", { type: "application/json", body });
  };
  const { json, jsonStream, jsonEvents, protobuf, protobufStream } = publishers;
  return [
    [
      () => post(port, channel, { type: "application/json", body: '{"by":"post","ü":["✓",null]}' }),
      {
        data: { by: "post", ü: ["✓", null] },
      },
    ],
    [() => post(port, channel, { type: "text/plain", body: "two\nlines ✓" }), {
      data: "two\nlines ✓",
    }],
    [() => post(port, channel, { type: "application/octet-stream", body: bytes(0, 255, 128) }), {
      b64data: "AP+A",
    }],
    [() => plain.text('{"looks":"like JSON"}'), { data: '{"looks":"like JSON"}' }],
    [() => plain.binary(bytes(1, 254)), { b64data: "Af4=" }],
    [() => json.publish({ by: "websocket" }), { data: { by: "websocket" } }],
    [() => jsonStream.publish({ by: "http_stream" }), { data: { by: "http_stream" } }],
    [() => jsonEvents.publish({ by: "sse" }), { data: { by: "sse" } }],
    [() => protobuf.publish(utf8('{"by":"protobuf"}')), { data: { by: "protobuf" } }],
    [() => protobuf.publish(bytes(10, 0, 200)), { b64data: "CgDI" }],
    [() => protobufStream.publish(utf8('{"by":"stream"}')), { data: { by: "stream" } }],
    [() => api({ data: { by: "api" } }), { data: { by: "api" } }],
    [() => api({ b64data: "AAEC/w==" }), { b64data: "AAEC/w==" }],
  ];
}

/** Everyone publishes at once, so that only the log can say in which order. */
async function burst(ways: readonly (() => Promise<unknown>)[]): Promise<void> {
  await Promise.all(ways.map(async (publish) => {
    for (const _turn of range(BURST)) await publish();
  }));
}

/** Everyone was shown the whole log, in its order, in their own form. */
async function assertSame(port: number, viewers: readonly Viewer[], count: number): Promise<void> {
  await allShown(viewers, count);
  const { publications, top } = await readLog(port, CHANNEL);
  assertEquals(top, count);
  const logged = publications.map(loggedOf);
  for (const viewer of viewers) {
    assertEquals(viewer.shown(), logged.map((one) => viewer.expected(one)), viewer.name);
  }
}

forEachMode("every protocol shows the same publications of a channel", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  const { plain, events, clients, publishers } = await gather(port);
  const viewers = [plain, events, ...clients];
  // Not a viewer itself: without echo it is not shown its own.
  using sender = await RawPeer.connect({ port, path: `/channels/${CHANNEL}` });
  const ways = eachWay(port, publishers, sender);
  for (const [index, [publish]] of ways.entries()) {
    await publish();
    await allShown(viewers, index + 1);
  }
  const { publications } = await readLog(port, CHANNEL);
  assertEquals(
    publications.map(loggedOf),
    ways.map(([, shown], index) => ({ offset: index + 1, ...shown })),
  );
  await assertSame(port, viewers, ways.length);
  const all = ways.length * (BURST + 1);
  await burst(ways.map(([publish]) => publish));
  await assertSame(port, viewers, all);
  // JSON is shown as JSON where there is no JSON around it, also if it is a string.
  await publishers.json.publish("quoted");
  await allShown(viewers, all + 1);
  assertEquals(plain.shown().at(-1), { text: '"quoted"' });
  assertEquals(publishers.jsonEvents.shown().at(-1), { offset: all + 1, data: "quoted" });
  await server.stop();
  assertEquals([await plain.goodbye(), await events.goodbye()], [STOPPING, "whole"]);
  for (const client of clients) assertEquals(await client.goodbye(), SHUTDOWN, client.name);
  report(
    `${mode}: ${viewers.length} viewers on one channel, ${all} publications each, all the same`,
  );
});
