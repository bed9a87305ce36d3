import { assertEquals, assertMatch } from "@std/assert";
import type { LifecycleOptions, StopParts, StopReport } from "../../lifecycle/mod.ts";
import { Lifecycle } from "../../lifecycle/mod.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeConnections } from "./fake_connections.ts";

interface Stopping {
  readonly report: () => StopReport | undefined;
  readonly connections: FakeConnections;
}

const done = () => Promise.resolve();

function never(): Promise<never> {
  return Promise.withResolvers<never>().promise;
}

/** A stop under way, within eight seconds unless `options` say else. */
function stop(parts: Partial<StopParts>, options: LifecycleOptions = {}): Stopping {
  const connections = new FakeConnections();
  const lifecycle = new Lifecycle(options);
  let report: StopReport | undefined;
  const whole: StopParts = {
    connections,
    requests: { settled: done, idle: done },
    listener: { close: done },
    resources: [],
    ...parts,
  };
  lifecycle.untilStopped(whole).then((value) => report = value);
  lifecycle.requestStop("SIGINT");
  return { report: () => report, connections };
}

/** The steps that did not go well, and why. */
function problems(report: StopReport | undefined): string[] {
  return report?.problems.map(({ step, error }) => `${step}: ${error}`) ?? [];
}

Deno.test("Lifecycle ends within its budget when no peer answers", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(3);
  const { report } = stop({ connections });
  await clock.advance(8_000);
  const { clients, terminated, isComplete, durationMs } = report() ?? {};
  assertEquals({ clients, terminated, isComplete }, {
    clients: 3,
    terminated: 3,
    isComplete: true,
  });
  // Nine tenths for the connections, and the moment that answers get to leave.
  assertEquals(durationMs, 7_205);
});

Deno.test("Lifecycle ends within its budget when a request is never answered", async () => {
  using clock = new FakeClock();
  const { report } = stop({ requests: { settled: never, idle: never } });
  await clock.advance(8_000);
  assertMatch(problems(report()).join(), /^requests: Error: Cannot wait for requests any longer$/);
});

Deno.test("Lifecycle does not wait for ever for a moment without requests", async () => {
  using clock = new FakeClock();
  const { report } = stop({ requests: { settled: done, idle: never } });
  await clock.advance(100);
  const { durationMs, problems, isComplete } = report() ?? {};
  // Fifty for such a moment, and the one that answers get to leave.
  assertEquals({ durationMs, problems, isComplete }, {
    durationMs: 55,
    problems: [],
    isComplete: true,
  });
});

Deno.test("Lifecycle ends within its budget when neither peers nor requests nor port end", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(3);
  const { report } = stop({
    connections,
    requests: { settled: never, idle: never },
    listener: { close: never },
  });
  await clock.advance(8_000);
  assertEquals(report()?.problems.map(({ step }) => step), ["requests", "listener"]);
});

Deno.test("Lifecycle ends within its budget when the port never says who was accepted", async () => {
  using clock = new FakeClock();
  const { report } = stop({ listener: { accepted: never, close: done } });
  await clock.advance(8_000);
  assertEquals(report()?.problems.map(({ step }) => step), ["requests"]);
});

Deno.test("Lifecycle is complete when only peers, requests or the port had to be cut", async () => {
  using clock = new FakeClock();
  const close = () => Promise.reject(new Error("no port"));
  const { report } = stop({ requests: { settled: never, idle: never }, listener: { close } });
  await clock.advance(8_000);
  assertEquals(report()?.isComplete, true);
});

Deno.test("Lifecycle is incomplete when a resource fails, and closes the others", async () => {
  using clock = new FakeClock();
  const closed: string[] = [];
  const { report } = stop({
    resources: [
      { name: "publications", close: () => Promise.reject(new Error("disk full")) },
      { name: "history", close: () => Promise.resolve(void closed.push("history")) },
    ],
  });
  await clock.advance(100);
  assertEquals(closed, ["history"]);
  assertEquals(problems(report()), ["publications: Error: disk full"]);
  assertEquals(report()?.isComplete, false);
});

Deno.test("Lifecycle is incomplete when a resource hangs, and ends all the same", async () => {
  using clock = new FakeClock();
  const closed: string[] = [];
  const { report } = stop({
    resources: [
      { name: "publications", close: never },
      { name: "history", close: () => Promise.resolve(void closed.push("history")) },
    ],
  });
  await clock.advance(7_999);
  assertEquals(report(), undefined);
  await clock.advance(1);
  assertEquals(closed, ["history"]);
  assertEquals(problems(report()), [
    "publications: Error: Cannot wait for publications any longer",
  ]);
  assertEquals(report()?.isComplete, false);
});

Deno.test("Lifecycle gives every resource a time of its own when the budget is spent", async () => {
  using clock = new FakeClock();
  const stored = Promise.withResolvers<void>();
  const { report } = stop({
    listener: { close: never },
    resources: [{ name: "history", close: () => stored.promise }],
  });
  await clock.advance(8_000);
  assertEquals(report(), undefined);
  await clock.advance(200);
  stored.resolve();
  await clock.advance(0);
  assertEquals(report()?.isComplete, true);
});

Deno.test("Lifecycle gives a resource up a quarter of a second after the budget", async () => {
  using clock = new FakeClock();
  const { report } = stop({
    listener: { close: never },
    resources: [{ name: "history", close: never }],
  });
  await clock.advance(8_249);
  assertEquals(report(), undefined);
  await clock.advance(1);
  assertEquals(report()?.isComplete, false);
});

Deno.test("Lifecycle shortens a drain delay that leaves no time to close", async () => {
  using clock = new FakeClock();
  const options = { drainDelayMs: 60_000, closeTimeoutMs: 3_000, stopTimeoutMs: 8_000 };
  const { connections } = stop({}, options);
  await clock.advance(4_999);
  assertEquals(connections.observer, undefined);
  await clock.advance(1);
  assertEquals(connections.observer === undefined, false);
});

Deno.test("Lifecycle hurries connections that could not finish their handshake else", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(10);
  connections.onClose = (connection) => connection.leave("clean");
  // The drain ends at 9 000 ms; from 6 000 ms on a close timeout no longer fits.
  const options = { drainWindowMs: 10_000, closeTimeoutMs: 3_000, stopTimeoutMs: 10_000 };
  stop({ connections }, options);
  await clock.advance(10_000);
  const urgencies = connections.connections.flatMap(({ closes }) => closes);
  assertEquals(urgencies, [...new Array(6).fill("flush"), ...new Array(4).fill("hurry")]);
});

Deno.test("Lifecycle flushes for half of the time even if no close timeout fits", async () => {
  using clock = new FakeClock();
  const connections = new FakeConnections(1);
  // The drain ends at 2 700 ms.
  stop({ connections }, { closeTimeoutMs: 3_000, stopTimeoutMs: 3_000 });
  await clock.advance(1_349);
  assertEquals(connections.connections[0]?.closes, ["flush"]);
  await clock.advance(2);
  assertEquals(connections.connections[0]?.closes, ["flush", "hurry"]);
});

Deno.test("Lifecycle closes everything else when one connection throws", async () => {
  using clock = new FakeClock();
  const closed: string[] = [];
  const connections = new FakeConnections(3);
  connections.onClose = (connection) => {
    if (connection === connections.connections[0]) throw new Error("broken connection");
    connection.leave("clean");
  };
  const { report } = stop({
    connections,
    resources: [{ name: "history", close: () => Promise.resolve(void closed.push("history")) }],
  });
  await clock.advance(8_000);
  assertEquals(connections.closeCounts.slice(1), [1, 1]);
  assertEquals(closed, ["history"]);
  assertEquals(problems(report()), ["connections: Error: broken connection"]);
  assertEquals(report()?.clients, 3);
});

Deno.test("Lifecycle takes a part that throws at once for one that failed", async () => {
  using clock = new FakeClock();
  const { report } = stop({
    resources: [{
      name: "history",
      close: () => {
        throw new Error("not open");
      },
    }],
  });
  await clock.advance(100);
  assertEquals(problems(report()), ["history: Error: not open"]);
});
