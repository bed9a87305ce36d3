/** Every refusal of SPEC section 4: its status, its code, its headers, and nothing of the inside. */
import { assert, assertEquals } from "@std/assert";
import { assertStopped } from "../helpers/expectations.ts";
import { handshakeText } from "../helpers/handshake.ts";
import { HttpExchange, type HttpResponse, rawRequest, requestText } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { range, within } from "../helpers/wait.ts";

/** A request, and the status, code and headers that it must get. */
interface Case {
  readonly text: string;
  readonly status: number;
  readonly code: string;
  readonly headers?: Readonly<Record<string, RegExp>>;
}

type Fields = Readonly<Record<string, string>>;

function post(
  segment: string,
  { body = "x", headers = {} }: { readonly body?: string; readonly headers?: Fields } = {},
): string {
  return requestText(`POST /channels/${segment}`, { Connection: "close", ...headers }, { body });
}

function get(target: string, headers: Fields = {}): string {
  return requestText(`GET ${target}`, { Connection: "close", ...headers });
}

/** What stands in a path, and cannot be a channel. */
const BAD_NAMES = [
  "a%20b",
  "%20",
  "a%0Ab",
  "%00",
  "%7F",
  "%C3%BC",
  "%zz",
  "%",
  "%E0%A4%A",
  "%2e",
  ".",
  "..",
  "%2E%2e",
  ".%2e",
  "x".repeat(256),
  "%78".repeat(256),
];

const BAD_QUERIES = [
  ...["0", "1001", "-1", "1.5", "1e2", "abc", "", "%20", "99999999999999999999"].map((n) =>
    `limit=${n}`
  ),
  ...["-1", "abc", "", "1.5", "0x1", "99999999999999999999"].map((n) => `since=${n}`),
];

const BAD_POSITIONS = ["7", "epoch", "epoch:", ":7", "epoch:-7", "epoch:x", "a b:7", "epoch:7:8"];

const JSON_TYPE = { "Content-Type": "application/json" };
const TEXT_TYPE = { "Content-Type": "text/plain" };
const STREAM = { Accept: "text/event-stream" };

const CASES: readonly Case[] = [
  ...BAD_NAMES.flatMap((name) => [
    { text: get(`/channels/${name}`), status: 400, code: "bad_channel" },
    { text: get(`/channels/${name}`, STREAM), status: 400, code: "bad_channel" },
    { text: post(name), status: 400, code: "bad_channel" },
    { text: handshakeText({ path: `/channels/${name}` }), status: 400, code: "bad_channel" },
  ]),
  ...BAD_QUERIES.flatMap((query) => [
    { text: get(`/channels/x?${query}`), status: 400, code: "bad_query" },
    { text: get(`/channels/x?${query}`, STREAM), status: 400, code: "bad_query" },
  ]),
  ...BAD_POSITIONS.map((position) => ({
    text: get("/channels/x", { ...STREAM, "Last-Event-ID": position }),
    status: 400,
    code: "bad_position",
  })),
  ...["x", "-1", "1.5"].map((n) => ({
    text: handshakeText({ path: `/channels/x?history=${n}` }),
    status: 400,
    code: "bad_query",
  })),
  ...["", "{", "{'a':1}", "undefined", "[1,]", "1 2", "\u00a0"].map((body) => ({
    text: post("x", { body, headers: JSON_TYPE }),
    status: 400,
    code: "bad_body",
  })),
  ...["", "é".repeat(3), "x".repeat(256)].map((key) => ({
    text: post("x", { headers: { "Idempotency-Key": key } }),
    status: 400,
    code: "bad_key",
  })),
  { text: get("/channels/x", { Host: "a b" }), status: 400, code: "bad_host" },
  ...["/nope", "/channels/a/", "/channels/a/b", "/channels/a/../b", "/channels//", "/channelsx"]
    .flatMap((path) => [
      { text: get(path), status: 404, code: "not_found" },
      { text: handshakeText({ path }), status: 404, code: "not_found" },
    ]),
  { text: requestText("POST /nope", {}, { body: "x" }), status: 404, code: "not_found" },
  ...["PUT", "DELETE", "PATCH"].map((method) => ({
    text: requestText(`${method} /channels/x`, {}, { body: "x" }),
    status: 405,
    code: "wrong_method",
    headers: { allow: /^GET, HEAD, POST$/ },
  })),
  ...["/channels", "/healthz", "/readyz"].map((path) => ({
    text: requestText(`POST ${path}`, {}, { body: "x" }),
    status: 405,
    code: "wrong_method",
    headers: { allow: /^GET, HEAD$/ },
  })),
  ...["8", "12", "14", "x"].map((version) => ({
    text: handshakeText({ headers: { "Sec-WebSocket-Version": version } }),
    status: 426,
    code: "upgrade_needed",
    headers: { "sec-websocket-version": /^13$/ },
  })),
];

/** The status and the code, as JSON, not for caches, and nothing that only the server should know. */
function assertRefusal(
  { status, headers, body }: HttpResponse,
  expected: Omit<Case, "text">,
  what: string,
): void {
  const { error } = JSON.parse(body);
  assertEquals([status, error?.code], [expected.status, expected.code], `${what}\n${body}`);
  assertEquals(Object.keys(JSON.parse(body)), ["error"], what);
  assertEquals(typeof error.message, "string", what);
  assertEquals(headers.get("content-type"), "application/json", what);
  assertEquals(headers.get("cache-control"), "no-store", what);
  assert(!/\.ts|\n\s+at |sqlite/i.test(body), `the inside shows in ${body}`);
  for (const [name, pattern] of Object.entries(expected.headers ?? {})) {
    assert(pattern.test(headers.get(name) ?? ""), `${what}\n${name}: ${headers.get(name)}`);
  }
}

forEachMode("each bad request gets its status and code", async (mode) => {
  await using server = await Midgard.start({ mode });
  for (const { text, ...expected } of CASES) {
    assertRefusal(await rawRequest(server.port, text), expected, text.slice(0, 300));
  }
  const { body } = await rawRequest(server.port, get("/channels/x"));
  assertEquals(JSON.parse(body).offset, 0, "something that was refused was published");
  assertEquals(server.log.lines.map(({ event }) => event), ["ready"], `${server.log}`);
  assertStopped(await server.stop(), { clients: 0 });
});

forEachMode("text that is not UTF-8 is refused where its type says text", async (mode) => {
  await using server = await Midgard.start({ mode });
  for (const headers of [JSON_TYPE, TEXT_TYPE, { "Content-Type": "text/plain; charset=latin1" }]) {
    using exchange = await HttpExchange.open(server.port);
    await exchange.write(requestText("POST /channels/x", { ...headers, "Content-Length": "3" }));
    await exchange.write(new Uint8Array([0x22, 0xe9, 0x22]));
    const outcome = await exchange.response();
    assert(outcome.kind === "response", JSON.stringify(outcome));
    assertRefusal(outcome.response, { status: 400, code: "bad_body" }, JSON.stringify(headers));
  }
  assertStopped(await server.stop());
});

forEachMode("a key that was used for another body gets 409", async (mode) => {
  await using server = await Midgard.start({ mode });
  const headers = { "Idempotency-Key": "order 7" };
  assertEquals((await rawRequest(server.port, post("x", { headers }))).status, 200);
  const others = [
    post("x", { headers, body: "other" }),
    post("x", { headers: { ...headers, "Content-Type": "application/octet-stream" } }),
  ];
  for (const text of others) {
    const refused = { status: 409, code: "key_conflict" };
    assertRefusal(await rawRequest(server.port, text), refused, text);
  }
  assertEquals((await rawRequest(server.port, post("y", { headers }))).status, 200);
  assertStopped(await server.stop());
});

const FULL = { status: 503, code: "full", headers: { "retry-after": /^[1-9]\d*$/ } };
const STOPPING = { ...FULL, code: "stopping" };

/** The requests that open something that lasts. */
const LASTING = [get("/channels/x", STREAM), handshakeText()];

forEachMode("what would be one connection too many gets 503 and Retry-After", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--max-connections", "2"] });
  using _peer = await RawPeer.connect({ port: server.port });
  using reader = new SseReader({ channel: "x" });
  const reading = reader.read(server.port);
  await reader.until(({ hasBegun }) => hasBegun, { what: "the stream to begin" });
  for (const text of LASTING) assertRefusal(await rawRequest(server.port, text), FULL, text);
  assertEquals((await rawRequest(server.port, post("x"))).status, 200);
  await reader.until(({ data }) => data.length === 1, { what: "the publication" });
  assertStopped(await server.stop(), { clients: 2 });
  await reading;
});

forEachMode("a server that is stopping sends 503 and Retry-After, and lets read", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--close-timeout", "1s"] });
  const stalled = { port: server.port, closeReply: { kind: "never" } } as const;
  using _stalled = await RawPeer.connect(stalled);
  const connections = await Promise.all(range(4).map(() => HttpExchange.open(server.port)));
  assertEquals((await rawRequest(server.port, post("x"))).status, 200);
  server.signal("SIGINT");
  await server.log.next("closing");
  for (const [index, text] of [...LASTING, post("x"), get("/channels/x")].entries()) {
    using exchange = connections[index]!;
    await exchange.write(text);
    const outcome = await within(exchange.response(), { what: "an answer" });
    assert(outcome.kind === "response", `${JSON.stringify(outcome)} for ${text}`);
    if (index < 3) assertRefusal(outcome.response, STOPPING, text);
    else assertEquals(JSON.parse(outcome.response.body).offset, 1);
  }
  assertStopped(await server.exit(), { clients: 1, terminated: 1 });
});
