import { assertEquals } from "@std/assert";
import type { SignalDecision } from "../../lifecycle/mod.ts";
import { signalExitCode, SignalPolicy } from "../../lifecycle/mod.ts";

type Arrival = readonly [signal: Deno.Signal, atMs: number, decision: SignalDecision];

interface Story {
  readonly name: string;
  readonly hasTerminal: boolean;
  readonly forceAfterMs?: number;
  readonly arrivals: readonly Arrival[];
}

const STORIES: readonly Story[] = [
  {
    name: "stops at the first SIGINT",
    hasTerminal: false,
    arrivals: [["SIGINT", 12_345, "stop"]],
  },
  {
    name: "stops at the first SIGTERM",
    hasTerminal: false,
    arrivals: [["SIGTERM", 0, "stop"]],
  },
  {
    name: "stops at the first SIGBREAK",
    hasTerminal: true,
    arrivals: [["SIGBREAK", 0, "stop"]],
  },
  {
    name: "ignores the echo of a Ctrl-C",
    hasTerminal: true,
    arrivals: [["SIGINT", 1_000, "stop"], ["SIGINT", 1_008, "ignore"], [
      "SIGINT",
      1_499.9,
      "ignore",
    ]],
  },
  {
    name: "forces from 500 ms after the first signal on",
    hasTerminal: true,
    arrivals: [["SIGINT", 1_000, "stop"], ["SIGINT", 1_500, "force"], ["SIGINT", 1_501, "force"]],
  },
  {
    name: "counts from the first signal, so that a storm of echoes does not put the force off",
    hasTerminal: true,
    arrivals: [["SIGINT", 0, "stop"], ["SIGINT", 400, "ignore"], ["SIGINT", 600, "force"]],
  },
  {
    name: "forces by another signal than the first",
    hasTerminal: false,
    arrivals: [["SIGINT", 0, "stop"], ["SIGTERM", 10, "ignore"], ["SIGTERM", 700, "force"]],
  },
  {
    name: "forces after the time it was told",
    hasTerminal: false,
    forceAfterMs: 20,
    arrivals: [["SIGINT", 0, "stop"], ["SIGINT", 19, "ignore"], ["SIGINT", 20, "force"]],
  },
  {
    name: "reloads on SIGHUP without a terminal, as often as it comes",
    hasTerminal: false,
    arrivals: [["SIGHUP", 0, "reload"], ["SIGHUP", 10_000, "reload"]],
  },
  {
    name: "does not take a reload for the first stop signal",
    hasTerminal: false,
    arrivals: [["SIGHUP", 0, "reload"], ["SIGTERM", 10_000, "stop"]],
  },
  {
    name: "never forces by SIGHUP without a terminal",
    hasTerminal: false,
    arrivals: [["SIGTERM", 0, "stop"], ["SIGHUP", 10_000, "reload"]],
  },
  {
    name: "stops when its terminal has gone",
    hasTerminal: true,
    arrivals: [["SIGHUP", 0, "stop"], ["SIGHUP", 100, "ignore"], ["SIGTERM", 500, "force"]],
  },
];

for (const { name, arrivals, ...options } of STORIES) {
  Deno.test(`SignalPolicy ${name}`, () => {
    const policy = new SignalPolicy(options);
    const decisions = arrivals.map(([signal, atMs]) => policy.decide(signal, atMs));
    assertEquals(decisions, arrivals.map(([, , decision]) => decision));
  });
}

const EXIT_CODES: readonly (readonly [Deno.Signal, number])[] = [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGBREAK", 149],
];

for (const [signal, code] of EXIT_CODES) {
  Deno.test(`signalExitCode of ${signal} is ${code}`, () => {
    assertEquals(signalExitCode(signal), code);
  });
}
