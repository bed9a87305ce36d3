import { assert, assertEquals } from "@std/assert";
import { HttpExchange, rawRequest, request, requestText } from "./http.ts";

/** A throwaway server; `handler` answers everything. */
async function serving(
  handler: Deno.ServeHandler<Deno.NetAddr>,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  try {
    await test(server.addr.port);
  } finally {
    await server.shutdown();
  }
}

Deno.test("request reads status, headers and a body with a length", async () => {
  const answer = () => new Response("hello", { status: 404, headers: { "X-Mark": "here" } });
  await serving(answer, async (port) => {
    const { status, headers, body } = await request(port, "GET /missing");
    assertEquals([status, headers.get("x-mark"), body], [404, "here", "hello"]);
  });
});

Deno.test("request reads a chunked body", async () => {
  const answer = () =>
    new Response(ReadableStream.from(["one ", "two"]).pipeThrough(new TextEncoderStream()));
  await serving(answer, async (port) => {
    assertEquals((await request(port, "GET /")).body, "one two");
  });
});

Deno.test("request sends a body", async () => {
  await serving((incoming) => new Response(incoming.body), async (port) => {
    assertEquals((await request(port, "POST /", { body: "ping ✓" })).body, "ping ✓");
  });
});

Deno.test("rawRequest shows what a server says to nonsense", async () => {
  await serving(() => new Response("never"), async (port) => {
    assertEquals((await rawRequest(port, "NONSENSE\r\n\r\n")).status, 400);
  });
});

Deno.test("HttpExchange sends a request in pieces, twice on one connection", async () => {
  await serving(({ url }) => new Response(new URL(url).pathname), async (port) => {
    using exchange = await HttpExchange.open(port);
    for (const path of ["/first", "/second"]) {
      const text = requestText(`GET ${path}`, {});
      await exchange.write(text.slice(0, 9));
      await exchange.write(text.slice(9));
      const outcome = await exchange.response();
      assert(outcome.kind === "response");
      assertEquals(outcome.response.body, path);
    }
  });
});

Deno.test("HttpExchange tells the end of a connection from an answer", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using exchange = await HttpExchange.open(listener.addr.port);
  const connection = await listener.accept();
  await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n"));
  connection.close();
  assertEquals(await exchange.response(), { kind: "eof", received: "HTTP/1.1 200 OK\r\n" });
});

Deno.test("HttpExchange tells a reset from an orderly end", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using exchange = await HttpExchange.open(listener.addr.port);
  // The kernel resets what was never accepted; closing an accepted one begins with a FIN.
  listener.close();
  assertEquals((await exchange.response()).kind, "reset");
});
