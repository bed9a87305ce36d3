import { assertEquals } from "@std/assert";
import { knock } from "../../lifecycle/mod.ts";

const LONG_MS = 10_000;

/** The address of a server that does as `serve` says with each connection, until disposed. */
function listen(serve: (connection: Deno.TcpConn) => void): Disposable & { addr: Deno.NetAddr } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accept = async () => {
    for await (const connection of listener) serve(connection);
  };
  accept();
  return { addr: listener.addr, [Symbol.dispose]: () => listener.close() };
}

Deno.test("knock is answered by a server that runs, and no handler sees it", async () => {
  let requests = 0;
  const abort = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: () => {} };
  const server = Deno.serve(options, () => {
    requests += 1;
    return new Response("x");
  });
  assertEquals(await knock(server.addr, LONG_MS), "answered");
  assertEquals(requests, 0);
  abort.abort();
  await server.finished;
});

Deno.test("knock takes a connection that is ended for answered: it was accepted", async () => {
  using server = listen((connection) => connection.close());
  assertEquals(await knock(server.addr, LONG_MS), "answered");
});

Deno.test("knock is refused where nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  assertEquals(await knock(listener.addr, LONG_MS), "refused");
});

Deno.test("knock can tell nothing when it is not answered in time", async () => {
  const connections: Deno.TcpConn[] = [];
  using server = listen((connection) => connections.push(connection));
  assertEquals(await knock(server.addr, 30), "unknown");
  for (const connection of connections) connection.close();
});

for (const hostname of ["0.0.0.0", "127.0.0.1"]) {
  Deno.test(`knock reaches a server that listens on ${hostname}`, async () => {
    using server = listen((connection) => connection.close());
    assertEquals(await knock({ ...server.addr, hostname }, LONG_MS), "answered");
  });
}
