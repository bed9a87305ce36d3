/** Channels over HTTP: names, kinds of bodies, pages, and what a page costs that has not changed. */
import { assert, assertEquals } from "@std/assert";
import { assertStopped } from "../helpers/expectations.ts";
import { HttpExchange, type HttpResponse, request, requestText } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { OPCODE, textOf } from "../helpers/frames.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { range } from "../helpers/wait.ts";

/** Every character that a channel's name may have. */
const ALLOWED = range(0x7e - 0x21 + 1).map((index) => String.fromCharCode(0x21 + index));
/** Those among them that a path may hold as they are (RFC 3986 3.3). */
const UNESCAPED = /^[A-Za-z0-9\-._~!$&'()*+,;=:@]$/;

function escaped(name: string): string {
  const hex = (character: string) => character.charCodeAt(0).toString(16).padStart(2, "0");
  return [...name].map((character) => `%${hex(character)}`).join("");
}

async function publish(port: number, segment: string, body: string): Promise<HttpResponse> {
  return await request(port, `POST /channels/${segment}`, { body });
}

forEachMode("a channel may be named with every allowed character", async (mode) => {
  await using server = await Midgard.start({ mode });
  for (const character of ALLOWED) {
    const name = `a${character}z`;
    const segments = [escaped(name), escaped(name).toUpperCase(), encodeURIComponent(name)];
    if (UNESCAPED.test(character)) segments.push(name);
    for (const [index, segment] of segments.entries()) {
      const { status, body } = await publish(server.port, segment, name);
      assertEquals([status, JSON.parse(body).offset], [200, index + 1], `${segment}: ${body}`);
    }
    const page = JSON.parse((await request(server.port, `GET /channels/${segments[0]}`)).body);
    assertEquals([page.channel, page.offset], [name, segments.length]);
  }
  const longest = "~".repeat(255);
  for (const name of [longest, "...", "..a", "-", "%2e", "a%2Fb", "__proto__", "constructor"]) {
    assertEquals((await publish(server.port, escaped(name), "x")).status, 200, name);
    const page = JSON.parse((await request(server.port, `GET /channels/${escaped(name)}`)).body);
    assertEquals([page.channel, page.offset], [name, 1]);
  }
  assertStopped(await server.stop());
});

/** A body as it is sent, and as it comes back in a page, on a stream, and in a frame. */
interface Kind {
  readonly type: string | undefined;
  readonly body: string | Uint8Array;
  /** What stands in the page behind `"time":…,`. */
  readonly page: string;
  readonly event: { readonly type: string; readonly data: string };
  readonly isBinary?: boolean;
}

function jsonKind(type: string, body: string): Kind {
  return { type, body, page: `"data":${body}`, event: { type: "message", data: body } };
}

function textKind(type: string | undefined, body: string, data = body): Kind {
  const page = `"data":${JSON.stringify(body)}`;
  return { type, body, page, event: { type: "message", data } };
}

function binaryKind(type: string | undefined, body: Uint8Array, base64: string): Kind {
  const event = { type: "binary", data: base64 };
  return { type, body, page: `"b64data":"${base64}"`, event, isBinary: true };
}

const NOT_TEXT = new Uint8Array([0xff, 0x00, 0xfe]);

const KINDS: readonly Kind[] = [
  jsonKind("application/json", '{"n":1.0,"big":12345678901234567890,"a":[1, 2]}'),
  jsonKind("application/json; charset=utf-8", "null"),
  jsonKind("application/vnd.api+json", '"just a string"'),
  jsonKind("application/json", '{\n  "pretty": true\n}'),
  textKind("text/plain", "héllo, wörld ☃"),
  textKind("text/plain;charset=utf-8", "one\ntwo\n\nfour"),
  textKind("text/plain", "carriage\r\nreturn\rs", "carriage\nreturn\ns"),
  textKind("text/plain", "a NUL \0 in the middle"),
  textKind("text/plain", 'event: reset\ndata: {"no":"trick"}\n\nid: 7'),
  textKind("text/csv", " leading and trailing "),
  textKind("application/x-www-form-urlencoded", "a=1&b=%20"),
  textKind(undefined, "no type at all"),
  textKind(undefined, ""),
  binaryKind(undefined, NOT_TEXT, "/wD+"),
  binaryKind("application/octet-stream", new TextEncoder().encode("text?"), "dGV4dD8="),
  binaryKind("image/png", NOT_TEXT, "/wD+"),
];

async function publishKind(port: number, { type, body }: Kind): Promise<void> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const headers = {
    "Content-Length": `${bytes.length}`,
    ...type !== undefined && { "Content-Type": type },
  };
  using exchange = await HttpExchange.open(port);
  await exchange.write(requestText("POST /channels/kinds", headers));
  await exchange.write(bytes);
  const outcome = await exchange.response();
  assertEquals(outcome.kind === "response" && outcome.response.status, 200, JSON.stringify(type));
}

forEachMode("a body keeps its kind on every way out", async (mode) => {
  await using server = await Midgard.start({ mode });
  using reader = new SseReader({ channel: "kinds" });
  const reading = reader.read(server.port);
  await reader.until(({ hasBegun }) => hasBegun, { what: "the stream to begin" });
  using peer = await RawPeer.connect({ port: server.port, path: "/channels/kinds" });
  for (const kind of KINDS) await publishKind(server.port, kind);
  const { body } = await request(server.port, "GET /channels/kinds");
  for (const { page } of KINDS) assert(body.includes(`,${page}}`), `${page} is not in ${body}`);
  const count = KINDS.length;
  assertEquals(JSON.parse(body).publications.length, count);
  await reader.until(({ position }) => position.offset === count, { what: "every event" });
  const events = reader.events.map(({ type, data }) => ({ type, data }));
  assertEquals(events, KINDS.map(({ event }) => event));
  await peer.until(({ messageCount }) => messageCount === count, { what: "every frame" });
  for (const [index, { opcode, payload }] of peer.messages.entries()) {
    const { body, isBinary = false } = KINDS[index]!;
    assertEquals(opcode, isBinary ? OPCODE.binary : OPCODE.text);
    if (typeof body === "string") assertEquals(textOf(peer.messages[index]!), body);
    else assertEquals(payload, body);
  }
  assertStopped(await server.stop(), { clients: 2, closed_cleanly: 2 });
  await reading;
});

forEachMode("a body may come in chunks, and be as large as 64 KiB", async (mode) => {
  await using server = await Midgard.start({ mode });
  using exchange = await HttpExchange.open(server.port);
  const headers = { "Transfer-Encoding": "chunked", "Content-Type": "text/plain" };
  await exchange.write(requestText("POST /channels/chunks", headers));
  for (const chunk of ["5\r\nfirst\r\n", "8\r\n, second\r\n", "0\r\n\r\n"]) {
    await exchange.write(chunk);
  }
  const outcome = await exchange.response();
  assertEquals(outcome.kind === "response" && outcome.response.status, 200);
  const largest = "x".repeat(65_536);
  assertEquals((await publish(server.port, "chunks", largest)).status, 200);
  const { publications } = JSON.parse((await request(server.port, "GET /channels/chunks")).body);
  const data = publications.map((publication: { data: string }) => publication.data);
  assertEquals(data, ["first, second", largest]);
  assertStopped(await server.stop());
});

interface Page {
  readonly offset: number;
  readonly reset?: boolean;
  readonly publications: readonly { readonly offset: number; readonly time: number }[];
}

async function pageOf(port: number, query: string): Promise<Page> {
  const { status, body } = await request(port, `GET /channels/paged${query}`);
  assertEquals(status, 200, `${query}: ${body}`);
  return JSON.parse(body);
}

/** Offsets from the first to the last, up or down. */
function run(first: number, last: number): number[] {
  const count = Math.abs(last - first) + 1;
  return range(count).map((index) => first < last ? first + index : first - index);
}

const TOP = 1_200;

forEachMode("pages: limit, since and reverse", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--history-size", "5000"] });
  using exchange = await HttpExchange.open(server.port);
  const posts = range(TOP).map((n) => requestText("POST /channels/paged", {}, { body: `${n}` }));
  const startedAt = Date.now();
  for (const post of posts) {
    await exchange.write(post);
    await exchange.response();
  }
  const pages: Readonly<Record<string, readonly number[]>> = {
    "": run(1, 100),
    "?limit=1": [1],
    "?limit=1000": run(1, 1_000),
    "?since=0&limit=2": [1, 2],
    "?since=1150": run(1_151, TOP),
    "?since=1200": [],
    "?since=1000&limit=1000": run(1_001, TOP),
    "?reverse=1&limit=3": [1_200, 1_199, 1_198],
    "?reverse&limit=2": [1_200, 1_199],
    "?reverse=0&limit=2": [1, 2],
    "?reverse=true&since=1000": run(999, 900),
    "?reverse=1&since=1": [],
  };
  for (const [query, offsets] of Object.entries(pages)) {
    const page = await pageOf(server.port, query);
    assertEquals(page.publications.map(({ offset }) => offset), offsets, query);
    assertEquals([page.offset, page.reset], [TOP, undefined], query);
    const isInTime = ({ time }: { time: number }) => time >= startedAt && time <= Date.now();
    assert(page.publications.every(isInTime), query);
  }
  assertEquals((await pageOf(server.port, "?since=1201")).reset, true);
  assertEquals((await pageOf(server.port, "?epoch=other&since=5")).reset, true);
  assertStopped(await server.stop());
});
