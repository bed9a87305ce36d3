import { assertEquals, assertStrictEquals } from "@std/assert";
import type { LifecycleEvent, LifecycleState } from "../../lifecycle/mod.ts";
import { isAccepting, STARTING, transition } from "../../lifecycle/mod.ts";

const STATES: readonly LifecycleState[] = [
  { kind: "starting" },
  { kind: "ready" },
  { kind: "draining", signal: "SIGINT" },
  { kind: "closing", signal: "SIGINT" },
  { kind: "stopped", signal: "SIGINT" },
];

const EVENTS: readonly LifecycleEvent[] = [
  { kind: "bound" },
  { kind: "stop_requested", signal: "SIGTERM" },
  { kind: "delay_over" },
  { kind: "finished" },
];

/** Every pair that leads somewhere; every other pair must lead nowhere. */
const MOVES: Readonly<Record<string, LifecycleState>> = {
  "starting + bound": { kind: "ready" },
  "starting + stop_requested": { kind: "draining", signal: "SIGTERM" },
  "ready + stop_requested": { kind: "draining", signal: "SIGTERM" },
  "draining + delay_over": { kind: "closing", signal: "SIGINT" },
  "closing + finished": { kind: "stopped", signal: "SIGINT" },
};

for (const state of STATES) {
  for (const event of EVENTS) {
    const pair = `${state.kind} + ${event.kind}`;
    const moved = MOVES[pair];
    const outcome = moved === undefined ? "is ignored" : `gives ${moved.kind}`;
    Deno.test(`transition: ${pair} ${outcome}`, () => {
      const after = transition(state, event);
      if (moved === undefined) assertStrictEquals(after, state);
      else assertEquals(after, moved);
    });
  }
}

Deno.test("transition keeps the signal of the first stop request to the end", () => {
  const events: readonly LifecycleEvent[] = [
    { kind: "bound" },
    { kind: "stop_requested", signal: "SIGINT" },
    { kind: "stop_requested", signal: "SIGTERM" },
    { kind: "delay_over" },
    { kind: "stop_requested", signal: "SIGTERM" },
    { kind: "finished" },
  ];
  assertEquals(events.reduce(transition, STARTING), { kind: "stopped", signal: "SIGINT" });
});

Deno.test("isAccepting is true while ready and during the drain delay, and never else", () => {
  const accepting = STATES.filter(isAccepting).map(({ kind }) => kind);
  assertEquals(accepting, ["ready", "draining"]);
});
