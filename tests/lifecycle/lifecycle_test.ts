import { assertEquals } from "@std/assert";
import type { LifecycleOptions, StopParts, StopReport } from "../../lifecycle/mod.ts";
import { Lifecycle } from "../../lifecycle/mod.ts";
import { FakeClock, turns } from "./fake_clock.ts";
import { answerAtOnce, FakeConnections } from "./fake_connections.ts";

/** A server in pieces, each of which writes down when its turn came. */
class Script {
  readonly steps: string[] = [];
  readonly connections = new FakeConnections(2);
  readonly lifecycle: Lifecycle;
  readonly outcome: { report?: StopReport } = {};

  constructor(options: LifecycleOptions = {}) {
    this.connections.onClose = (connection) => {
      this.steps.push("close connection");
      answerAtOnce(connection);
    };
    this.lifecycle = new Lifecycle({
      onState: ({ kind }) => this.steps.push(kind),
      ...options,
    });
  }

  /** A step that is written down when it begins and when it ends. */
  step(name: string, work: () => Promise<void> = () => Promise.resolve()): () => Promise<void> {
    return async () => {
      this.steps.push(`${name} begins`);
      await work();
      this.steps.push(`${name} ends`);
    };
  }

  run(parts: Partial<StopParts> = {}): void {
    const whole: StopParts = {
      connections: this.connections,
      requests: { settled: this.step("requests"), idle: () => Promise.resolve() },
      listener: { close: this.step("listener") },
      resources: [
        { name: "publications", close: this.step("publications") },
        { name: "history", close: this.step("history") },
      ],
      ...parts,
    };
    this.lifecycle.untilStopped(whole).then((report) => this.outcome.report = report);
  }
}

Deno.test("Lifecycle takes a server apart in the order that loses nothing", async () => {
  using clock = new FakeClock();
  const script = new Script();
  script.run();
  script.lifecycle.ready();
  await clock.advance(1_000);
  assertEquals(script.steps, ["ready"]);
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(100);
  assertEquals(script.steps, [
    "ready",
    "draining",
    "closing",
    "close connection",
    "close connection",
    "requests begins",
    "requests ends",
    "listener begins",
    "listener ends",
    "publications begins",
    "publications ends",
    "history begins",
    "history ends",
    "stopped",
  ]);
});

Deno.test("Lifecycle closes each resource only when the one before it is closed", async () => {
  using clock = new FakeClock();
  const script = new Script();
  const stored = Promise.withResolvers<void>();
  script.run({
    resources: [
      { name: "publications", close: script.step("publications", () => stored.promise) },
      { name: "history", close: script.step("history") },
    ],
  });
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(100);
  assertEquals(script.steps.at(-1), "publications begins");
  stored.resolve();
  await clock.advance(0);
  assertEquals(script.steps.slice(-3), ["history begins", "history ends", "stopped"]);
});

Deno.test("Lifecycle asks for the requests when the last connection has left", async () => {
  using clock = new FakeClock();
  const script = new Script();
  script.connections.onClose = () => {};
  script.run();
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(2_000);
  assertEquals(script.steps, ["draining", "closing"]);
  for (const connection of script.connections.connections) connection.leave("clean");
  await clock.advance(0);
  assertEquals(script.steps.slice(2), ["requests begins", "requests ends"]);
});

Deno.test("Lifecycle answers those who were still waiting to be accepted before it frees the port", async () => {
  using clock = new FakeClock();
  const script = new Script();
  const [accepted, close] = [script.step("accepted"), script.step("listener")];
  script.run({ listener: { accepted, close } });
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(100);
  const steps = script.steps.filter((step) => /^(requests|accepted|listener) begins$/.test(step));
  assertEquals(steps, [
    "requests begins",
    "accepted begins",
    "requests begins",
    "listener begins",
  ]);
});

Deno.test("Lifecycle gives an answer time to leave before it frees the port", async () => {
  using clock = new FakeClock();
  const script = new Script();
  script.run();
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(0);
  assertEquals(script.steps.at(-1), "requests ends");
  await clock.advance(5);
  assertEquals(script.steps.at(-1), "stopped");
});

Deno.test("Lifecycle frees the port only when every request is answered", async () => {
  using clock = new FakeClock();
  const script = new Script();
  const answered = Promise.withResolvers<void>();
  const settled = script.step("requests", () => answered.promise);
  script.run({ requests: { settled, idle: () => Promise.resolve() } });
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(3_000);
  assertEquals(script.steps.at(-1), "requests begins");
  answered.resolve();
  await clock.advance(10);
  assertEquals(script.steps.includes("listener ends"), true);
});

Deno.test("Lifecycle reports what happened", async () => {
  using clock = new FakeClock();
  const script = new Script({ drainDelayMs: 400 });
  script.connections.onClose = () => {};
  script.run();
  script.lifecycle.requestStop("SIGTERM");
  await clock.advance(1_000);
  script.connections.connections[0]?.leave("clean");
  script.connections.connections[1]?.leave("terminated");
  await clock.advance(1_000);
  assertEquals(script.outcome.report, {
    signal: "SIGTERM",
    clients: 2,
    closedCleanly: 1,
    terminated: 1,
    durationMs: 1_005,
    problems: [],
    isComplete: true,
  });
});

Deno.test("Lifecycle stays in draining for the drain delay, accepting as before", async () => {
  using clock = new FakeClock();
  const script = new Script({ drainDelayMs: 2_000 });
  script.run();
  script.lifecycle.ready();
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(1_999);
  assertEquals([script.lifecycle.state.kind, script.lifecycle.isAccepting], ["draining", true]);
  assertEquals(script.connections.closeCounts, [0, 0]);
  await clock.advance(1);
  assertEquals(script.connections.closeCounts, [1, 1]);
  assertEquals(script.lifecycle.isAccepting, false);
});

Deno.test("Lifecycle accepts nothing from the moment the closing begins", async () => {
  using clock = new FakeClock();
  const script = new Script();
  const accepting: boolean[] = [];
  script.connections.onClose = (connection) => {
    accepting.push(script.lifecycle.isAccepting);
    connection.leave("clean");
  };
  script.run();
  script.lifecycle.ready();
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(100);
  assertEquals(accepting, [false, false]);
});

Deno.test("Lifecycle stops when the stop was asked for before it was ready", async () => {
  using clock = new FakeClock();
  const script = new Script();
  script.lifecycle.requestStop("SIGTERM");
  script.lifecycle.ready();
  assertEquals(script.lifecycle.state, { kind: "draining", signal: "SIGTERM" });
  script.run();
  await clock.advance(100);
  assertEquals(script.outcome.report?.signal, "SIGTERM");
  assertEquals(script.lifecycle.state, { kind: "stopped", signal: "SIGTERM" });
});

Deno.test("Lifecycle ignores a second stop request", async () => {
  using clock = new FakeClock();
  const script = new Script({ drainDelayMs: 1_000 });
  script.run();
  script.lifecycle.ready();
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(500);
  script.lifecycle.requestStop("SIGTERM");
  await clock.advance(1_000);
  assertEquals(script.outcome.report?.signal, "SIGINT");
  assertEquals(script.steps.filter((step) => step === "draining").length, 1);
});

Deno.test("Lifecycle.stopRequested is aborted by the stop request, with its signal", async () => {
  const lifecycle = new Lifecycle();
  assertEquals(lifecycle.stopRequested.aborted, false);
  lifecycle.requestStop("SIGINT");
  assertEquals(lifecycle.stopRequested.reason, "SIGINT");
  await turns();
});

Deno.test("Lifecycle spreads the closes over the drain window", async () => {
  using clock = new FakeClock();
  const script = new Script({ drainWindowMs: 2_000 });
  script.run();
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(1_000);
  assertEquals(script.connections.closeCounts, [1, 0]);
  await clock.advance(1_000);
  assertEquals(script.connections.closeCounts, [1, 1]);
});

Deno.test("Lifecycle passes the progress of the drain on", async () => {
  using clock = new FakeClock();
  const told: number[] = [];
  const script = new Script({ onProgress: ({ closedCleanly }) => told.push(closedCleanly) });
  script.run();
  script.lifecycle.requestStop("SIGINT");
  await clock.advance(100);
  assertEquals(told.at(-1), 2);
});
