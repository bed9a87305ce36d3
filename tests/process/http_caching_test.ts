/** What HTTP says around a channel: caching, content negotiation, and other origins. */
import { assert, assertEquals } from "@std/assert";
import { assertStopped } from "../helpers/expectations.ts";
import { type HttpResponse, request } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";

forEachMode("a page that has not changed is answered with 304 and no body", async (mode) => {
  await using server = await Midgard.start({ mode });
  const url = `http://127.0.0.1:${server.port}/channels/cached`;
  const publish = () => request(server.port, "POST /channels/cached", { body: "x" });
  const get = async (etag: string | null, query = "") => {
    const headers: HeadersInit = etag === null ? {} : { "If-None-Match": etag };
    const response = await fetch(`${url}${query}`, { headers });
    return { status: response.status, body: await response.text(), headers: response.headers };
  };
  assert((await publish()).headers.get("cache-control")?.includes("no-store"), "a POST is cached");
  const first = await get(null);
  const etag = first.headers.get("etag");
  assertEquals(first.status, 200);
  assert(/\bno-cache\b/.test(first.headers.get("cache-control") ?? ""), "not asked about again");
  assert(/^(W\/)?"[^"]+"$/.test(etag ?? ""), `${etag}`);
  for (const known of [etag, `"other", ${etag}`, "*", `W/${etag?.replace("W/", "")}`]) {
    const again = await get(known);
    assertEquals([again.status, again.body], [304, ""], `${known}`);
    assertEquals(again.headers.get("etag")?.replace("W/", ""), etag?.replace("W/", ""));
  }
  assertEquals((await get('"other"')).status, 200);
  await publish();
  const second = await get(etag);
  assertEquals([second.status, JSON.parse(second.body).offset], [200, 2]);
  assert(second.headers.get("etag") !== etag, "the same ETag for another page");
  assertEquals((await get(second.headers.get("etag"), "?limit=1")).status, 200);
  const head = await fetch(url, { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
  assertEquals(
    head.headers.get("etag")?.replace("W/", ""),
    second.headers.get("etag")?.replace("W/", ""),
  );
  assertStopped(await server.stop());
});

forEachMode("Accept decides between a page and a stream", async (mode) => {
  await using server = await Midgard.start({ mode });
  const pages = [
    "*/*",
    "application/json",
    "text/html",
    "application/json, text/event-stream;q=0.5",
  ];
  for (const accept of pages) {
    const { status, headers } = await request(server.port, "GET /channels/x", {
      headers: { Accept: accept },
    });
    assertEquals([status, headers.get("content-type")], [200, "application/json"], accept);
  }
  using reader = new SseReader({ channel: "x" });
  const reading = reader.read(server.port);
  await reader.until(({ hasBegun }) => hasBegun, { what: "the stream to begin" });
  assertEquals(reader.headers?.get("content-type"), "text/event-stream; charset=utf-8");
  assert(/\bno-store\b/.test(reader.headers?.get("cache-control") ?? ""), "a stream is cached");
  assertEquals(reader.headers?.get("x-accel-buffering"), "no");
  assertEquals([reader.retryMs, reader.position.offset], [1_000, 0]);
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
  assertEquals([(await reading).kind, reader.retryMs], ["whole", 250]);
});

const APP = "https://app.example";
const EVIL = "https://evil.example";

function assertForbidden({ status, headers, body }: HttpResponse, what: string): void {
  assertEquals([status, JSON.parse(body).error.code], [403, "wrong_origin"], what);
  assertEquals(headers.get("access-control-allow-origin"), null, what);
}

forEachMode("a page of an allowed origin may read, publish and see errors", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--allow-origin", APP] });
  const own = `http://127.0.0.1:${server.port}`;
  for (const [origin, host] of [[APP, "127.0.0.1"], [own, `127.0.0.1:${server.port}`]] as const) {
    const headers = { Origin: origin, Host: host };
    const requests: readonly (readonly [line: string, status: number, body?: string])[] = [
      ["GET /channels/x", 200],
      ["GET /channels", 200],
      ["POST /channels/x", 200, "hello"],
      ["GET /channels/x?limit=0", 400],
      ["POST /channels/a%20b", 400, "hello"],
      ["DELETE /channels/x", 405],
    ];
    for (const [line, status, body] of requests) {
      const response = await request(server.port, line, { headers, ...body && { body } });
      assertEquals(response.status, status, `${line}: ${response.body}`);
      assertEquals(response.headers.get("access-control-allow-origin"), origin, line);
      assert(/\borigin\b/i.test(response.headers.get("vary") ?? ""), `no Vary: ${line}`);
      const exposed = response.headers.get("access-control-expose-headers") ?? "";
      assert(/etag/i.test(exposed) && /retry-after/i.test(exposed), `${line} exposes ${exposed}`);
    }
  }
  assertStopped(await server.stop());
});

forEachMode("a page of another origin may neither read nor publish", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--allow-origin", APP] });
  for (const origin of [EVIL, "null", `${APP}.evil.example`, "https://app.example:444", "x"]) {
    const headers = { Origin: origin };
    const stream = { ...headers, Accept: "text/event-stream" };
    const preflight = { ...headers, "Access-Control-Request-Method": "POST" };
    const answers = [
      await request(server.port, "GET /channels/x", { headers }),
      await request(server.port, "GET /channels", { headers }),
      await request(server.port, "GET /channels/x", { headers: stream }),
      await request(server.port, "POST /channels/x", { headers, body: "evil" }),
      await request(server.port, "OPTIONS /channels/x", { headers: preflight }),
    ];
    for (const answer of answers) assertForbidden(answer, origin);
    const attempt = await RawPeer.attempt({ port: server.port, headers });
    assert(attempt.kind === "refused", `${origin} got a WebSocket`);
    assertForbidden(attempt.response, origin);
  }
  const { body } = await request(server.port, "GET /channels/x");
  assertEquals(JSON.parse(body).offset, 0, "a foreign page has published");
  assertStopped(await server.stop(), { clients: 0 });
});

forEachMode("a preflight says what a page of an allowed origin may do", async (mode) => {
  await using server = await Midgard.start({ mode, args: ["--allow-origin", "https://*.example"] });
  const { status, headers, body } = await request(server.port, "OPTIONS /channels/x", {
    headers: {
      Origin: APP,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "content-type,idempotency-key",
    },
  });
  assertEquals([status, body, headers.get("access-control-allow-origin")], [204, "", APP]);
  assert(/\bPOST\b/.test(headers.get("access-control-allow-methods") ?? ""), "methods");
  const allowed = headers.get("access-control-allow-headers")?.toLowerCase() ?? "";
  for (const name of ["content-type", "idempotency-key", "last-event-id", "if-none-match"]) {
    assert(allowed.includes(name), `${name} is not in ${allowed}`);
  }
  assert(Number(headers.get("access-control-max-age")) > 0, "no max-age");
  assertStopped(await server.stop());
});
