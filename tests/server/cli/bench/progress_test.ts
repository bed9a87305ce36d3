import { assertEquals, assertStringIncludes } from "@std/assert";
import { Measurements } from "../../../../server/cli/bench/measurements.ts";
import type { BenchPlan } from "../../../../server/cli/bench/plan.ts";
import { Progress } from "../../../../server/cli/bench/progress.ts";

const PLAN: BenchPlan = {
  ...{ url: "http://127.0.0.1:8000", protocol: "centrifuge", token: undefined },
  ...{ publishers: 1, subscribers: 2, channels: ["a"], sizeBytes: 1_024, rate: undefined },
  ...{ inFlight: 64, end: { kind: "after", durationMs: 10_000 } },
};

/** A line on a terminal that only remembers, under a clock that stands still. */
function lineAt(write?: (text: string) => void) {
  const drawn: string[] = [];
  const clock = { now: 0 };
  const progress = new Progress({
    plan: PLAN,
    write: write ?? ((text) => void drawn.push(text)),
    now: () => clock.now,
  });
  return { progress, drawn, clock };
}

Deno.test("Progress draws nothing in the first second and clears nothing", () => {
  const { progress, drawn, clock } = lineAt();
  clock.now = 999;
  progress.update({ kind: "connecting", connected: 1 });
  progress.clear();
  assertEquals(drawn, []);
});

Deno.test("Progress draws once a second at most", () => {
  const { progress, drawn, clock } = lineAt();
  for (; clock.now <= 5_000; clock.now += 20) progress.update({ kind: "connecting", connected: 1 });
  progress.clear();
  const line = "\r\x1b[2Kconnecting 1 of 3";
  assertEquals(drawn, [line, line, line, line, line, "\r\x1b[2K"]);
});

Deno.test("Progress shows the rates since the last line", () => {
  const { progress, drawn, clock } = lineAt();
  const measurements = new Measurements(1, 0);
  for (const count of [2_000, 500]) {
    clock.now += 1_000;
    for (let each = 0; each < count; each += 1) {
      measurements.answered(0, 0, 1);
      measurements.delivered("next", 0, 1);
    }
    progress.update({ kind: "loading", measurements });
  }
  assertStringIncludes(drawn[0] ?? "", "1 s of 10 s   published 2,000/s   delivered 2,000/s");
  assertStringIncludes(
    drawn[1] ?? "",
    "2 s of 10 s   published 500/s   delivered 500/s   500 kiB/s",
  );
});

Deno.test("Progress goes on when its terminal has gone", () => {
  const { progress, clock } = lineAt(() => {
    throw new Deno.errors.BrokenPipe();
  });
  clock.now = 1_000;
  progress.update({ kind: "connecting", connected: 1 });
  progress.clear();
});
