import { assert, assertEquals } from "@std/assert";
import type { DrainOptions, DrainProgress } from "../../lifecycle/mod.ts";
import { Deadline, Drain } from "../../lifecycle/mod.ts";
import { FakeClock, turns } from "./fake_clock.ts";
import { answerAtOnce, FakeConnections } from "./fake_connections.ts";

interface Running {
  readonly drain: Drain;
  readonly outcome: { progress?: DrainProgress };
}

/** Begins a drain; by default all at once, with ten seconds for it and nine to flush. */
function begin(connections: FakeConnections, options: Partial<DrainOptions> = {}): Running {
  const deadline = new Deadline(10_000);
  const flushDeadline = new Deadline(9_000);
  const drain = new Drain({ windowMs: 0, deadline, flushDeadline, ...options });
  const outcome: Running["outcome"] = {};
  drain.run(connections).then((progress) => outcome.progress = progress);
  return { drain, outcome };
}

Deno.test("Drain of nobody ends at once", async () => {
  using clock = new FakeClock();
  const { outcome } = begin(new FakeConnections());
  await turns();
  assertEquals(outcome.progress, { clients: 0, closedCleanly: 0, terminated: 0 });
  assertEquals(clock.pending, 0);
});

Deno.test("Drain closes every connection exactly once", async () => {
  using _clock = new FakeClock();
  const connections = new FakeConnections(100);
  connections.onClose = answerAtOnce;
  const { outcome } = begin(connections);
  await turns();
  assertEquals(connections.closeCounts, new Array(100).fill(1));
  assertEquals(outcome.progress, { clients: 100, closedCleanly: 100, terminated: 0 });
});

Deno.test("Drain counts each outcome", async () => {
  using _clock = new FakeClock();
  const connections = new FakeConnections(5);
  const { drain, outcome } = begin(connections);
  await turns();
  connections.connections[0]?.leave("clean");
  connections.connections[1]?.leave("terminated");
  connections.connections[2]?.leave("clean");
  assertEquals(drain.progress, { clients: 5, closedCleanly: 2, terminated: 1 });
  connections.connections[3]?.leave("terminated");
  connections.connections[4]?.leave("clean");
  await turns();
  assertEquals(outcome.progress, { clients: 5, closedCleanly: 3, terminated: 2 });
});

Deno.test("Drain counts a connection that leaves twice once", async () => {
  using _clock = new FakeClock();
  const connections = new FakeConnections(2);
  const { drain, outcome } = begin(connections);
  await turns();
  connections.connections[0]?.leave("clean");
  connections.connections[0]?.leave("terminated");
  assertEquals(drain.progress, { clients: 2, closedCleanly: 1, terminated: 0 });
  await turns();
  assertEquals(outcome.progress, undefined);
});

Deno.test("Drain waits for the last connection and no longer", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(2);
  const { outcome } = begin(connections);
  await clock.advance(5_000);
  connections.connections[1]?.leave("clean");
  await turns();
  assertEquals(outcome.progress, undefined);
  connections.connections[0]?.leave("clean");
  await turns();
  assertEquals(outcome.progress?.closedCleanly, 2);
  assertEquals(clock.pending, 0);
});

Deno.test("Drain closes a newcomer at once", async () => {
  using _clock = new FakeClock();
  const connections = new FakeConnections(1);
  const { drain } = begin(connections);
  await turns();
  const newcomer = connections.join();
  assertEquals(newcomer.closes, ["flush"]);
  assertEquals(drain.progress.clients, 2);
});

Deno.test("Drain waits for newcomers too", async () => {
  using _clock = new FakeClock();
  const connections = new FakeConnections(1);
  const { outcome } = begin(connections);
  await turns();
  const newcomer = connections.join();
  connections.connections[0]?.leave("clean");
  await turns();
  assertEquals(outcome.progress, undefined);
  newcomer.leave("clean");
  await turns();
  assertEquals(outcome.progress, { clients: 2, closedCleanly: 2, terminated: 0 });
});

Deno.test("Drain does not end while connections wait for their turn in the window", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(2);
  connections.onClose = answerAtOnce;
  const { outcome } = begin(connections, { windowMs: 2_000 });
  await clock.advance(1_000);
  assertEquals(outcome.progress, undefined);
  await clock.advance(1_000);
  assertEquals(outcome.progress?.closedCleanly, 2);
});

Deno.test("Drain spreads the closes evenly over its window", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(40);
  const closedAt: number[] = [];
  connections.onClose = (connection) => {
    closedAt.push(clock.now);
    connection.leave("clean");
  };
  begin(connections, { windowMs: 8_000 });
  await clock.advance(8_000);
  assertEquals(closedAt.length, 40);
  // One in each part of 200 ms; a timer fires in whole milliseconds.
  for (const [index, at] of closedAt.entries()) {
    assert(at >= index * 200 - 1 && at <= (index + 1) * 200, `${index} closed at ${at} ms`);
  }
});

Deno.test("Drain gives up who is left at the deadline, and ends", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(3);
  const { outcome } = begin(connections);
  await clock.advance(9_999);
  assertEquals(connections.connections.map(({ givenUp }) => givenUp), [0, 0, 0]);
  connections.connections[1]?.leave("clean");
  await clock.advance(1);
  assertEquals(connections.connections.map(({ givenUp }) => givenUp), [1, 0, 1]);
  assertEquals(outcome.progress, { clients: 3, closedCleanly: 1, terminated: 2 });
});

Deno.test("Drain gives up newcomers at the deadline too", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(1);
  const { outcome } = begin(connections);
  await clock.advance(9_000);
  const newcomer = connections.join();
  await clock.advance(1_000);
  assertEquals(newcomer.givenUp, 1);
  assertEquals(outcome.progress, { clients: 2, closedCleanly: 0, terminated: 2 });
});

Deno.test("Drain closes everyone by the deadline even if the window is longer", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(50);
  connections.onClose = answerAtOnce;
  const deadline = new Deadline(1_000);
  const { outcome } = begin(connections, { windowMs: 60_000, deadline, flushDeadline: deadline });
  await clock.advance(1_001);
  assertEquals(connections.closeCounts, new Array(50).fill(1));
  assertEquals(outcome.progress?.closedCleanly, 50);
});

Deno.test("Drain flushes before the flush deadline and hurries after it", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(10);
  connections.onClose = answerAtOnce;
  begin(connections, { windowMs: 1_000, flushDeadline: new Deadline(500) });
  await clock.advance(1_001);
  const urgencies = connections.connections.flatMap(({ closes }) => closes);
  assertEquals(urgencies, [...new Array(5).fill("flush"), ...new Array(5).fill("hurry")]);
});

Deno.test("Drain hurries a newcomer after the flush deadline", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(1);
  begin(connections, { flushDeadline: new Deadline(500) });
  await clock.advance(501);
  assertEquals(connections.join().closes, ["hurry"]);
});

Deno.test("Drain hurries at the flush deadline who is still being flushed, once", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(2);
  begin(connections, { flushDeadline: new Deadline(500) });
  await clock.advance(499);
  connections.connections[0]?.leave("clean");
  await clock.advance(9_000);
  assertEquals(connections.connections.map(({ closes }) => closes), [["flush"], [
    "flush",
    "hurry",
  ]]);
});

Deno.test("Drain counts a connection that leaves before its turn, once", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(2);
  const { outcome } = begin(connections, { windowMs: 2_000 });
  await clock.advance(0);
  connections.connections[1]?.leave("clean");
  await clock.advance(1_000);
  connections.connections[0]?.leave("clean");
  await clock.advance(1_000);
  assertEquals(outcome.progress, { clients: 2, closedCleanly: 2, terminated: 0 });
});

Deno.test("Drain waits for who joins when all others left before their turn", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(1);
  const { outcome } = begin(connections, { windowMs: 2_000 });
  await clock.advance(0);
  connections.connections[0]?.leave("clean");
  const newcomer = connections.join();
  await clock.advance(3_000);
  assertEquals([outcome.progress, newcomer.givenUp], [undefined, 0]);
  newcomer.leave("clean");
  await turns();
  assertEquals(outcome.progress, { clients: 2, closedCleanly: 2, terminated: 0 });
});

Deno.test("Drain yields to the event loop when closing takes long", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(100);
  connections.onClose = (connection) => {
    clock.stall(1);
    connection.leave("clean");
  };
  begin(connections);
  const closedInOneTurn = () => connections.closeCounts.filter((count) => count > 0).length;
  assert(closedInOneTurn() <= 10, `${closedInOneTurn()} were closed in the first turn`);
  await turns(20);
  assertEquals(connections.closeCounts, new Array(100).fill(1));
});
