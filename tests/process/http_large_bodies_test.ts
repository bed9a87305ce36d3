/** Bodies that are too large, or never end: an answer that arrives, and a server that goes on. */
import { assert, assertEquals } from "@std/assert";
import { assertStopped } from "../helpers/expectations.ts";
import { HttpExchange, type HttpOutcome, request, requestText } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { range, within } from "../helpers/wait.ts";

const MIB = 1_024 * 1_024;
const LARGEST = 65_536;
/** What is read and thrown away before the answer (SPEC 4). */
const DISCARDED = 8 * MIB;

function assertTooLarge(outcome: HttpOutcome, what: string): void {
  assert(outcome.kind === "response", `${what}: ${JSON.stringify(outcome).slice(0, 200)}`);
  const { status, body } = outcome.response;
  assertEquals([status, JSON.parse(body).error.code], [413, "too_large"], what);
}

/** Sends a body of so many bytes, as a whole or in chunks, and reads the answer. */
async function postBody(port: number, bytes: number, isChunked = false): Promise<HttpOutcome> {
  using exchange = await HttpExchange.open(port);
  const framing: Record<string, string> = isChunked
    ? { "Transfer-Encoding": "chunked" }
    : { "Content-Length": String(bytes) };
  await exchange.write(requestText("POST /channels/large", { ...framing, Connection: "close" }));
  const piece = new Uint8Array(Math.min(bytes, 256 * 1_024)).fill(0x78);
  for (let sent = 0; sent < bytes; sent += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, bytes - sent));
    if (isChunked) await exchange.write(`${part.length.toString(16)}\r\n`);
    if (!(await exchange.write(part))) break;
    if (isChunked) await exchange.write("\r\n");
  }
  if (isChunked) await exchange.write("0\r\n\r\n");
  return await within(exchange.response(), { what: `the answer to ${bytes} bytes` });
}

forEachMode("a body that is too large gets its 413, up to 8 MiB without a reset", async (mode) => {
  await using server = await Midgard.start({ mode });
  for (const bytes of [LARGEST + 1, 100_000, MIB, 5_000_000, DISCARDED]) {
    for (const isChunked of [false, true]) {
      const outcomes = range(5).map(() => postBody(server.port, bytes, isChunked));
      for (const outcome of await Promise.all(outcomes)) {
        assertTooLarge(outcome, `${bytes} bytes${isChunked ? " in chunks" : ""}`);
      }
    }
  }
  const fits = await postBody(server.port, LARGEST);
  assertEquals(fits.kind === "response" && fits.response.status, 200);
  assertStopped(await server.stop());
});

forEachMode("a body of 20 MB is refused or cut off, and harms nobody", async (mode) => {
  await using server = await Midgard.start({ mode });
  const outcomes = await Promise.all(range(5).map(() => postBody(server.port, 20_000_000)));
  for (const outcome of outcomes) if (outcome.kind === "response") assertTooLarge(outcome, "20 MB");
  const posted = await request(server.port, "POST /channels/large", { body: "small" });
  assertEquals([posted.status, JSON.parse(posted.body).offset], [200, 1]);
  assertStopped(await server.stop());
  assertEquals(server.log.invalid, []);
});

forEachMode("the connection of a 413 can be used again", async (mode) => {
  await using server = await Midgard.start({ mode });
  using exchange = await HttpExchange.open(server.port);
  const large = requestText("POST /channels/large", {}, { body: "x".repeat(5_000_000) });
  for (const offset of [1, 2, 3]) {
    await exchange.write(large);
    assertTooLarge(await exchange.response(), "5 MB");
    await exchange.write(requestText("POST /channels/large", {}, { body: "small" }));
    const outcome = await exchange.response();
    assert(outcome.kind === "response", JSON.stringify(outcome));
    assertEquals(JSON.parse(outcome.response.body).offset, offset);
  }
  assertStopped(await server.stop());
});

/** Requests that are refused whatever their bodies hold. */
const REFUSED:
  readonly (readonly [line: string, headers: Record<string, string>, status: number])[] = [
    ["POST /api/publish", { "X-API-Key": "wrong" }, 401],
    ["POST /channels/large", { Authorization: "Bearer wrong" }, 401],
    ["POST /channels/large", { Origin: "https://evil.example" }, 403],
    ["POST /channels/large", { Host: "evil.example" }, 403],
    ["POST /nowhere", {}, 404],
    ["PUT /channels/large", {}, 405],
  ];

forEachMode("a refusal arrives although its request has a large body", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--api-key", "key"] });
  for (const [line, headers, status] of REFUSED) {
    using exchange = await HttpExchange.open(server.port);
    for (const _ of range(3)) {
      await exchange.write(requestText(line, headers, { body: "x".repeat(2 * MIB) }));
      const outcome = await within(exchange.response(), { what: line });
      assertEquals(outcome.kind === "response" ? outcome.response.status : outcome, status, line);
    }
  }
  assertStopped(await server.stop());
});

/** Sends the head and a part of a body, and waits for an answer that must not take for ever. */
async function postStalled(port: number, { sent, promised }: { sent: number; promised: number }) {
  using exchange = await HttpExchange.open(port);
  const head = requestText("POST /channels/large", { "Content-Length": `${promised}` });
  await exchange.write(head + "x".repeat(sent));
  const outcome = await within(exchange.response(), {
    deadlineMs: 15_000,
    what: `an answer after ${sent} of ${promised} bytes`,
  });
  return outcome.kind === "response" ? outcome.response.status : outcome.kind;
}

forEachMode("a body that never ends gets 413 after 5 s, or 408 after 10 s", async (mode) => {
  await using server = await Midgard.start({ mode });
  const startedAtMs = performance.now();
  const tooLarge = postStalled(server.port, { sent: 100_000, promised: 200_000 });
  const tooSlow = postStalled(server.port, { sent: 100, promised: 200 });
  assertEquals(await tooLarge, 413);
  const elapsedMs = performance.now() - startedAtMs;
  assert(elapsedMs > 4_500 && elapsedMs < 9_000, `413 came after ${elapsedMs} ms`);
  assertEquals(await tooSlow, 408);
  assertStopped(await server.stop());
});
