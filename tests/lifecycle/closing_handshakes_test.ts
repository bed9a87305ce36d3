import { assert, assertEquals } from "@std/assert";
import { canReadWhileClosing, ClosingHandshakes } from "../../lifecycle/mod.ts";
import { FakeClock } from "./fake_clock.ts";

const STOPPING = { code: 1001, reason: "server stopping" };

/** A socket whose peer is silent, with or without the runtime's internal. */
class FakeSocket {
  readonly closes: [number?, string?][] = [];

  constructor({ hasRole = true } = {}) {
    if (hasRole) Object.defineProperty(this, Symbol("[[role]]"), { value: 0, writable: true });
  }

  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
  }

  /** As the type that the handshakes ask for; they use no more of it. */
  get asWebSocket(): WebSocket {
    return this as unknown as WebSocket;
  }

  get role(): unknown {
    const [symbol] = Object.getOwnPropertySymbols(this);
    return symbol && Reflect.get(this, symbol);
  }
}

/** Handshakes and when each of them was given up. */
class Watched {
  readonly handshakes: ClosingHandshakes;
  readonly givenUpAt: number[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, timeoutMs: number) {
    this.#clock = clock;
    this.handshakes = new ClosingHandshakes(timeoutMs);
  }

  begin(socket = new FakeSocket()): FakeSocket {
    const onGivenUp = () => this.givenUpAt.push(this.#clock.now);
    this.handshakes.begin(socket.asWebSocket, { ...STOPPING, onGivenUp });
    return socket;
  }
}

Deno.test("ClosingHandshakes.begin closes with the code and reason it was given", () => {
  using clock = new FakeClock();
  const socket = new Watched(clock, 3_000).begin();
  assertEquals(socket.closes, [[1001, "server stopping"]]);
});

Deno.test("ClosingHandshakes.begin closes a socket once, however often it is called", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 3_000);
  const socket = watched.begin();
  await clock.advance(1_000);
  watched.begin(socket);
  assertEquals(socket.closes.length, 1);
  await clock.advance(10_000);
  assertEquals(watched.givenUpAt, [3_000]);
});

Deno.test("ClosingHandshakes plays the client's part while it waits and the server's after", () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 3_000);
  const socket = watched.begin();
  assertEquals(socket.role, 1);
  watched.handshakes.giveUp(socket.asWebSocket);
  assertEquals(socket.role, 0);
});

Deno.test("ClosingHandshakes still closes where the runtime has no [[role]]", () => {
  using clock = new FakeClock();
  const socket = new FakeSocket({ hasRole: false });
  assertEquals(canReadWhileClosing(socket.asWebSocket), false);
  new Watched(clock, 3_000).begin(socket);
  assertEquals(socket.closes.length, 1);
  assertEquals(Object.getOwnPropertySymbols(socket), []);
});

Deno.test("ClosingHandshakes gives up at its timeout and not before", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 3_000);
  watched.begin();
  await clock.advance(2_999);
  assertEquals([watched.givenUpAt, watched.handshakes.size], [[], 1]);
  await clock.advance(1);
  assertEquals([watched.givenUpAt, watched.handshakes.size], [[3_000], 0]);
  assertEquals(clock.pending, 0);
});

Deno.test("ClosingHandshakes gives each peer its own time, under one timer", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  for (let begun = 0; begun < 10; begun++) {
    watched.begin();
    assertEquals(clock.pending, 1);
    await clock.advance(100);
  }
  await clock.advance(1_100);
  assertEquals(watched.givenUpAt.length, 10);
  for (const [index, at] of watched.givenUpAt.entries()) {
    const dueAt = index * 100 + 1_000;
    assert(at >= dueAt && at <= dueAt + 20, `due at ${dueAt} ms, given up at ${at} ms`);
  }
});

Deno.test("ClosingHandshakes looks at waits that end close to each other together", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  for (let begun = 0; begun < 19; begun++) {
    watched.begin();
    await clock.advance(1);
  }
  await clock.advance(1_100);
  assert(new Set(watched.givenUpAt).size <= 2, `given up at ${watched.givenUpAt}`);
});

Deno.test("ClosingHandshakes.end stops the waiting and its timer", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  const socket = watched.begin();
  watched.handshakes.end(socket.asWebSocket);
  assertEquals([watched.handshakes.size, clock.pending], [0, 0]);
  await clock.advance(5_000);
  assertEquals(watched.givenUpAt, []);
});

Deno.test("ClosingHandshakes.end of one leaves the others waiting", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  const gone = watched.begin();
  watched.begin();
  watched.handshakes.end(gone.asWebSocket);
  await clock.advance(1_000);
  assertEquals(watched.givenUpAt, [1_000]);
});

Deno.test("ClosingHandshakes can be used again after everyone has left", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  watched.handshakes.end(watched.begin().asWebSocket);
  await clock.advance(5_000);
  watched.begin();
  await clock.advance(1_000);
  assertEquals(watched.givenUpAt, [6_000]);
});

Deno.test("ClosingHandshakes.giveUp tells once, and nothing of a socket that it does not know", () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  const socket = watched.begin();
  watched.handshakes.giveUp(socket.asWebSocket);
  watched.handshakes.giveUp(socket.asWebSocket);
  watched.handshakes.giveUp(new FakeSocket().asWebSocket);
  assertEquals([watched.givenUpAt, clock.pending], [[0], 0]);
});

Deno.test("ClosingHandshakes does not blame peers for a stall of the process", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  watched.begin();
  clock.stall(5_000);
  await clock.advance(3_999);
  assertEquals(watched.givenUpAt, []);
  await clock.advance(1);
  assertEquals(watched.givenUpAt, [9_000]);
});

Deno.test("ClosingHandshakes forgives one stall and not two", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  watched.begin();
  clock.stall(5_000);
  await clock.advance(0);
  clock.stall(60_000);
  await clock.advance(0);
  assertEquals(watched.givenUpAt, [65_000]);
});

Deno.test("ClosingHandshakes does not take a timer that is a little late for a stall", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  watched.begin();
  clock.stall(1_050);
  await clock.advance(0);
  assertEquals(watched.givenUpAt, [1_050]);
});

Deno.test("ClosingHandshakes prolongs only waits that ended during the stall", async () => {
  using clock = new FakeClock();
  const watched = new Watched(clock, 1_000);
  watched.begin();
  await clock.advance(900);
  watched.begin();
  clock.stall(600);
  await clock.advance(0);
  await clock.advance(1_000);
  // The first was due at 1 000 ms and looked at 500 ms late; the second is due at 1 900 ms.
  assertEquals(watched.givenUpAt, [1_900, 2_000]);
});
