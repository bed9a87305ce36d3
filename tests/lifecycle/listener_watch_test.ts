import { assertEquals } from "@std/assert";
import type { Serve } from "../../lifecycle/mod.ts";
import { Listener } from "../../lifecycle/mod.ts";
import { within } from "../helpers/wait.ts";
import { FakeClock } from "./fake_clock.ts";

type Server = Deno.HttpServer<Deno.NetAddr>;

/** A runtime that does not tell when its accept loop ends: `finished` stays as it is. */
class SilentRuntime {
  readonly ports: number[] = [];
  /** Breaks the server that was served first. */
  failFirst: (error: Error) => void = () => {};
  #listener: Deno.TcpListener | undefined;

  readonly serve: Serve = (signal, port) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#listener = listener;
    this.ports.push(listener.addr.port);
    const accept = async () => {
      for await (const connection of listener) connection.close();
    };
    const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
    if (this.ports.length === 1) this.failFirst = reject;
    signal.addEventListener("abort", () => {
      this.loseSilently();
      resolve();
    });
    accept();
    return { addr: listener.addr, finished } as unknown as Server;
  };

  /** Nobody accepts any more. */
  loseSilently(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }
}

Deno.test("Listener finds out by itself that nobody accepts any more, and serves again", async () => {
  const runtime = new SilentRuntime();
  const restored = Promise.withResolvers<void>();
  const lost: string[] = [];
  const listener = new Listener(runtime.serve, {
    port: 0,
    watchEveryMs: 5,
    onLost: (error) => lost.push(String(error)),
    onRestored: () => restored.resolve(),
  });
  const { port } = await listener.bind();
  runtime.loseSilently();
  await within(restored.promise, { what: "the port to be served again" });
  assertEquals(runtime.ports, [port, port]);
  assertEquals(lost, ["Error: Cannot accept as the accept loop has ended"]);
  await listener.close();
});

Deno.test("Listener serves again once when it finds out first and is told later", async () => {
  const runtime = new SilentRuntime();
  const restored = Promise.withResolvers<void>();
  let losses = 0;
  const listener = new Listener(runtime.serve, {
    port: 0,
    watchEveryMs: 5,
    onLost: () => losses += 1,
    onRestored: () => restored.resolve(),
  });
  await listener.bind();
  runtime.loseSilently();
  await within(restored.promise, { what: "the port to be served again" });
  using clock = new FakeClock();
  runtime.failFirst(new Error("told late"));
  await clock.advance(1_000);
  assertEquals([runtime.ports.length, losses], [2, 1]);
  await listener.close();
});

Deno.test("Listener leaves a port alone that accepts, however often it looks", async () => {
  const runtime = new SilentRuntime();
  const listener = new Listener(runtime.serve, { port: 0, watchEveryMs: 1 });
  await listener.bind();
  for (let times = 0; times < 20; times++) await listener.accepted();
  await listener.close();
  assertEquals(runtime.ports.length, 1);
});

Deno.test("Listener looks no more once it is closed", { sanitizeOps: true }, async () => {
  const runtime = new SilentRuntime();
  const listener = new Listener(runtime.serve, { port: 0, watchEveryMs: 1 });
  await listener.bind();
  // A timer that is left behind would fail this test.
  await listener.close();
  assertEquals(runtime.ports.length, 1);
});

Deno.test("Listener.accepted resolves when everyone who connected before was accepted", async () => {
  let accepted = 0;
  const serve: Serve = (signal, port) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port });
    const finished = Promise.withResolvers<void>();
    const accept = async () => {
      for await (const connection of listener) {
        accepted += 1;
        connection.close();
      }
    };
    accept();
    signal.addEventListener("abort", () => {
      listener.close();
      finished.resolve();
    });
    return { addr: listener.addr, finished: finished.promise } as unknown as Server;
  };
  const listener = new Listener(serve, { port: 0 });
  const { port } = await listener.bind();
  const clients: Deno.TcpConn[] = [];
  for (let count = 0; count < 50; count++) {
    clients.push(await Deno.connect({ hostname: "127.0.0.1", port }));
  }
  await listener.accepted();
  assertEquals(accepted, 51);
  for (const client of clients) client.close();
  await listener.close();
});

Deno.test("Listener.accepted resolves before anything is bound", async () => {
  await new Listener(new SilentRuntime().serve, { port: 0 }).accepted();
});
