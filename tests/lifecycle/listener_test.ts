import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { ListenerOptions, Serve } from "../../lifecycle/mod.ts";
import { Listener } from "../../lifecycle/mod.ts";
import { FakeClock, turns } from "./fake_clock.ts";

type Server = Deno.HttpServer<Deno.NetAddr>;

/** One call of the fake `Serve`, and the end of what it started. */
interface Served {
  readonly port: number;
  readonly signal: AbortSignal;
  readonly finished: PromiseWithResolvers<void>;
}

/** A runtime that serves nothing: it ends, or fails to bind, when the test says so. */
class FakeRuntime {
  readonly served: Served[] = [];
  /** Errors that the next calls throw, in order. */
  readonly bindErrors: Error[] = [];
  attempts = 0;

  readonly serve: Serve = (signal, port) => {
    this.attempts += 1;
    const error = this.bindErrors.shift();
    if (error !== undefined) throw error;
    const finished = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => finished.resolve());
    this.served.push({ port, signal, finished });
    const addr: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: port || 49_152 };
    return { addr, finished: finished.promise } as unknown as Server;
  };

  /** The accept loop of the newest server breaks. */
  async lose(error: Error): Promise<void> {
    this.served.at(-1)?.finished.reject(error);
    await turns();
  }
}

function listenerOn(
  runtime: FakeRuntime,
  options: Partial<ListenerOptions> = {},
): { listener: Listener; told: string[] } {
  const told: string[] = [];
  const listener = new Listener(runtime.serve, {
    port: 0,
    onLost: (error) => told.push(`lost: ${error}`),
    onRestored: (afterMs) => told.push(`restored after ${afterMs} ms`),
    ...options,
  });
  return { listener, told };
}

const taken = () => new Deno.errors.AddrInUse("taken");
const tooManyFiles = () => new Error("Too many open files");

Deno.test("Listener.bind gives the address that was bound", async () => {
  const runtime = new FakeRuntime();
  const { listener } = listenerOn(runtime, { port: 8_000 });
  assertEquals((await listener.bind()).port, 8_000);
  assertEquals(runtime.attempts, 1);
});

Deno.test("Listener.bind gives a taken port up at once without a bind timeout", async () => {
  const runtime = new FakeRuntime();
  runtime.bindErrors.push(taken());
  const { listener } = listenerOn(runtime);
  await assertRejects(() => listener.bind(), Deno.errors.AddrInUse);
  assertEquals(runtime.attempts, 1);
});

Deno.test("Listener.bind keeps trying until the port is free", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  runtime.bindErrors.push(taken(), taken(), taken());
  const { listener } = listenerOn(runtime, { port: 8_000, bindTimeoutMs: 1_000 });
  const binding = listener.bind();
  await clock.advance(149);
  assertEquals(runtime.served.length, 0);
  await clock.advance(1);
  assertEquals((await binding).port, 8_000);
});

Deno.test("Listener.bind gives up after the bind timeout, with the error of the port", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  runtime.bindErrors.push(...Array.from({ length: 100 }, taken));
  const { listener } = listenerOn(runtime, { bindTimeoutMs: 200 });
  const refused = assertRejects(() => listener.bind(), Deno.errors.AddrInUse, "taken");
  await clock.advance(200);
  await refused;
  assertEquals(runtime.attempts, 5);
});

Deno.test("Listener.bind tries again for a taken port only", async () => {
  const runtime = new FakeRuntime();
  const error = new Deno.errors.AddrNotAvailable("no such address");
  runtime.bindErrors.push(error);
  const { listener } = listenerOn(runtime, { bindTimeoutMs: 10_000 });
  const thrown = await assertRejects(() => listener.bind(), Deno.errors.AddrNotAvailable);
  assertStrictEquals(thrown, error);
  assertEquals(runtime.attempts, 1);
});

Deno.test("Listener.bind ends when it is closed while the port is taken", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  runtime.bindErrors.push(...Array.from({ length: 1_000 }, taken));
  const { listener } = listenerOn(runtime, { bindTimeoutMs: 60_000 });
  const refused = assertRejects(() => listener.bind(), Deno.errors.AddrInUse);
  await clock.advance(100);
  await listener.close();
  await clock.advance(50);
  await refused;
});

Deno.test("Listener.bind ends at once when its signal is aborted, with the signal's reason", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  runtime.bindErrors.push(...Array.from({ length: 1_000 }, taken));
  const { listener } = listenerOn(runtime, { bindTimeoutMs: 60_000 });
  const stop = new AbortController();
  let thrown: unknown;
  listener.bind(stop.signal).catch((error: unknown) => thrown = error);
  await clock.advance(120);
  assertEquals(thrown, undefined);
  stop.abort("SIGINT");
  await turns();
  assertEquals([thrown, clock.pending], ["SIGINT", 0]);
});

Deno.test("Listener.close aborts the server and waits until it has finished", async () => {
  const runtime = new FakeRuntime();
  const { listener } = listenerOn(runtime);
  await listener.bind();
  assertEquals(runtime.served[0]?.signal.aborted, false);
  await listener.close();
  assertEquals(runtime.served[0]?.signal.aborted, true);
});

Deno.test("Listener.close waits for a server that takes its time", async () => {
  const runtime = new FakeRuntime();
  const finished = Promise.withResolvers<void>();
  const serve: Serve = (signal, port) => {
    const server = runtime.serve(signal, port);
    return { addr: server.addr, finished: finished.promise } as unknown as Server;
  };
  const listener = new Listener(serve, { port: 0 });
  await listener.bind();
  let isClosed = false;
  const closing = listener.close().then(() => isClosed = true);
  await turns();
  assertEquals(isClosed, false);
  finished.resolve();
  await closing;
});

Deno.test("Listener.close is safe before bind and twice", async () => {
  const runtime = new FakeRuntime();
  const { listener } = listenerOn(runtime);
  await listener.close();
  const { listener: bound } = listenerOn(runtime);
  await bound.bind();
  await bound.close();
  await bound.close();
});

Deno.test("Listener serves the same port again when accepting fails", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  const { listener, told } = listenerOn(runtime, { port: 0 });
  const { port } = await listener.bind();
  await runtime.lose(tooManyFiles());
  await clock.advance(50);
  assertEquals(runtime.served.map((served) => served.port), [0, port]);
  assertEquals(told, ["lost: Error: Too many open files", "restored after 50 ms"]);
});

Deno.test("Listener tries again for as long as binding fails, whatever the reason", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  const { listener, told } = listenerOn(runtime);
  await listener.bind();
  runtime.bindErrors.push(tooManyFiles(), taken(), tooManyFiles());
  await runtime.lose(tooManyFiles());
  await clock.advance(150);
  assertEquals(runtime.served.length, 1);
  await clock.advance(50);
  assertEquals(runtime.served.length, 2);
  assertEquals(told, ["lost: Error: Too many open files", "restored after 200 ms"]);
});

Deno.test("Listener revives its server as often as it is lost", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  const { listener, told } = listenerOn(runtime);
  await listener.bind();
  for (let loss = 0; loss < 3; loss++) {
    await runtime.lose(tooManyFiles());
    await clock.advance(50);
  }
  assertEquals(runtime.served.length, 4);
  assertEquals(told.length, 6);
});

Deno.test("Listener.close ends a revival that is under way and binds no more", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  const { listener, told } = listenerOn(runtime);
  await listener.bind();
  runtime.bindErrors.push(...Array.from({ length: 100 }, taken));
  await runtime.lose(tooManyFiles());
  await clock.advance(120);
  const { attempts } = runtime;
  const closing = listener.close();
  await clock.advance(50);
  await closing;
  await clock.advance(1_000);
  assertEquals(runtime.attempts, attempts);
  assertEquals(told, ["lost: Error: Too many open files"]);
});

Deno.test("Listener.close waits for the revived server, not for the lost one", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  const { listener } = listenerOn(runtime);
  await listener.bind();
  await runtime.lose(tooManyFiles());
  await clock.advance(50);
  await listener.close();
  assert(runtime.served.at(-1)?.signal.aborted);
  assertEquals(clock.pending, 0);
});

Deno.test("Listener takes a failure during the close for the end it asked for", async () => {
  using clock = new FakeClock();
  const runtime = new FakeRuntime();
  const finished = Promise.withResolvers<void>();
  const serve: Serve = (signal, port) => {
    const { addr } = runtime.serve(signal, port);
    return { addr, finished: finished.promise } as unknown as Server;
  };
  const told: string[] = [];
  const listener = new Listener(serve, { port: 0, onLost: () => told.push("lost") });
  await listener.bind();
  const closing = listener.close();
  finished.reject(new Error("broken while closing"));
  await closing;
  assertEquals([told.length, runtime.attempts, clock.pending], [0, 1, 0]);
});
