import { assert, assertEquals } from "@std/assert";
import { assertStopped } from "../helpers/expectations.ts";
import { handshakeText } from "../helpers/handshake.ts";
import { HttpExchange, type HttpResponse, rawRequest, request } from "../helpers/http.ts";
import { forEachMode, Midgard, type RunningMidgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { inParallel, range } from "../helpers/wait.ts";

/** Command lines that must be refused, and what the refusal must mention. */
const BAD_ARGUMENTS: readonly (readonly [args: string[], mentions: string[]])[] = [
  [["--prot", "1"], ["--prot"]],
  [["--close-timeout", "soon"], ["--close-timeout", "soon"]],
  [["--close-timeout", "3"], ["--close-timeout"]],
  [["--port", "70000"], ["--port", "70000"]],
  [["--log-level", "loud"], ["--log-level", "loud"]],
  [["stray"], ["stray"]],
  [["--host", "0.0.0.0"], ["0.0.0.0", "--anonymous"]],
  [["--drain-delay", "5s", "--drain-window", "5s"], ["--stop-timeout", "8s"]],
  [
    ["--wrong", "--drain-delay", "never", "--max-connections", "many", "--log-format=xml"],
    ["--wrong", "--drain-delay", "--max-connections", "--log-format"],
  ],
];

forEachMode("bad options are refused with code 2, all of them at once", async (mode) => {
  for (const [args, mentions] of BAD_ARGUMENTS) {
    await using server = Midgard.spawn({ mode, args });
    const { code, stopped } = await server.exit();
    assertEquals([code, stopped], [2, undefined], `${args.join(" ")}\n${server.log}`);
    for (const part of mentions) assert(`${server.log}`.includes(part), `${part}:\n${server.log}`);
    assert(!`${server.log}`.includes("    at "), `a stack in\n${server.log}`);
  }
});

forEachMode("bad variables are refused with code 2 and their names", async (mode) => {
  const env = { MIDGARD_CLOSE_TIMEOUT: "forever", MIDGARD_MAX_CONNECTIONS: "-1" };
  await using server = Midgard.spawn({ mode, env });
  assertEquals((await server.exit()).code, 2);
  for (const part of [...Object.keys(env), ...Object.values(env)]) {
    assert(`${server.log}`.includes(part), `${part} is not in\n${server.log}`);
  }
});

forEachMode("a public folder that does not exist is refused with code 2", async (mode) => {
  await using server = Midgard.spawn({ mode, args: ["--public", "./not-here"] });
  assertEquals((await server.exit()).code, 2, `${server.log}`);
  assert(`${server.log}`.includes("not-here"), `${server.log}`);
});

/** A request, the status it must get, and headers that the answer must have. */
type Case = readonly [text: string, status: number, headers?: Readonly<Record<string, RegExp>>];

const LONG_NAME = "x".repeat(256);

const BAD_REQUESTS: Readonly<Record<string, Case>> = {
  "a channel name with a space": [handshakeText({ path: "/channels/a%20b" }), 400],
  "a channel name that is not ASCII": [handshakeText({ path: "/channels/%C3%BC" }), 400],
  "a channel name of 256 characters": [handshakeText({ path: `/channels/${LONG_NAME}` }), 400],
  "the channel ..": [handshakeText({ path: "/channels/%2e%2e" }), 400],
  "broken percent-encoding": [handshakeText({ path: "/channels/%zz" }), 400],
  "no channel name": [handshakeText({ path: "/channels/" }), 404],
  "another path": [handshakeText({ path: "/elsewhere" }), 404],
  "a POST that wants an upgrade": [
    handshakeText().replace("GET ", "POST "),
    405,
    { allow: /GET/ },
  ],
  "version 12": [
    handshakeText({ headers: { "Sec-WebSocket-Version": "12" } }),
    426,
    { "sec-websocket-version": /^13$/ },
  ],
  "a key of 5 characters": [handshakeText({ headers: { "Sec-WebSocket-Key": "short" } }), 400],
  "a key of 15 bytes": [
    handshakeText({ headers: { "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAA" } }),
    400,
  ],
  "a key that is not base64": [
    handshakeText({ headers: { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" } }),
    400,
  ],
  "a foreign origin": [handshakeText({ headers: { Origin: "https://evil.example" } }), 403],
  "a Host that makes no URL": [handshakeText({ headers: { Host: "a b" } }), 400],
  "no Connection: Upgrade": [handshakeText({ headers: { Connection: "keep-alive" } }), 400],
  "DELETE on a channel": ["DELETE /channels/x HTTP/1.1\r\nHost: x\r\n\r\n", 405, { allow: /POST/ }],
  "POST to healthz": [
    "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    405,
    { allow: /GET/ },
  ],
};

forEachMode("bad requests get their status, and no stack", async (mode) => {
  await using server = await Midgard.start({ mode });
  for (const [name, [text, status, headers = {}]] of Object.entries(BAD_REQUESTS)) {
    const response = await rawRequest(server.port, text);
    assertEquals(response.status, status, `${name}: ${JSON.stringify(response)}`);
    for (const [field, pattern] of Object.entries(headers)) {
      assert(pattern.test(response.headers.get(field) ?? ""), `${name}: no ${field}`);
    }
    assertJsonError(name, response);
  }
  assertStopped(await server.stop(), { clients: 0 });
});

function assertJsonError(name: string, { body }: HttpResponse): void {
  const { error } = JSON.parse(body);
  assertEquals([typeof error.code, typeof error.message], ["string", "string"], name);
  assert(!body.includes(".ts:"), `${name}: a stack in ${body}`);
}

forEachMode("origins: the own one and the allowed ones may connect", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--allow-origin", "https://*.example"] });
  const own = `http://127.0.0.1:${server.port}`;
  for (const origin of [own, "https://good.example"]) {
    const headers = { Origin: origin, Host: `127.0.0.1:${server.port}` };
    using peer = await RawPeer.connect({ port: server.port, headers });
    await peer.close(1000);
    await peer.closed;
  }
  assertStopped(await server.stop(), { clients: 0 });
});

forEachMode("connections above max-connections get 503, the others are unharmed", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--max-connections", "50"] });
  const options = { port: server.port, path: "/channels/full" };
  const attempts = await inParallel(range(1000), () => RawPeer.attempt(options), 50);
  const peers = attempts.flatMap((attempt) => attempt.kind === "open" ? [attempt.peer] : []);
  const refused = attempts.flatMap((attempt) => attempt.kind === "refused" ? [attempt] : []);
  assertEquals([peers.length, refused.length], [50, 950]);
  assert(refused.every(({ response }) => response.status === 503));
  await peers[0]!.text("to the other 49");
  for (const peer of peers.slice(1)) {
    await peer.until(({ messageCount }) => messageCount === 1, { what: "the message" });
  }
  await peers[0]!.close(1000);
  await peers[0]!.closed;
  using _next = await RawPeer.connect(options);
  assertStopped(await server.stop(), { clients: 50, closed_cleanly: 50, received: 1 });
});

/** What is not HTTP at all, or only the beginning of it. */
const NONSENSE: readonly (string | Uint8Array)[] = [
  "hello, is this the right place?\r\n\r\n",
  "\r\n\r\n\r\n",
  new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc]),
  new Uint8Array(100_000).fill(0x41),
  handshakeText().slice(0, 80),
  handshakeText().replace("HTTP/1.1", "HTTP/9.9"),
  "POST /channels/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
  "POST /channels/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
];

forEachMode("nonsense and half requests harm nobody", async (mode) => {
  await using server = await Midgard.start({ mode });
  using bystander = await RawPeer.connect({ port: server.port, path: "/channels/calm?echo=1" });
  for (const bytes of NONSENSE) {
    using exchange = await HttpExchange.open(server.port);
    await exchange.write(bytes);
    await assertAlive(server, bystander);
  }
  await assertAlive(server, bystander);
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
  assertEquals(server.log.invalid, []);
});

async function assertAlive({ port }: RunningMidgard, bystander: RawPeer): Promise<void> {
  assertEquals((await request(port, "GET /healthz")).status, 200);
  const before = bystander.messageCount;
  await bystander.text("still here");
  await bystander.until(({ messageCount }) => messageCount > before, { what: "the echo" });
}
