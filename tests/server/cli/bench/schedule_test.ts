import { assertEquals } from "@std/assert";
import { ClosedSchedule, OpenSchedule } from "../../../../server/cli/bench/schedule.ts";
import type { Paced } from "../../../../server/cli/bench/pacer.ts";
import { pacerOf } from "../../../../server/cli/bench/pacer.ts";
import type { BenchPlan } from "../../../../server/cli/bench/plan.ts";

function openSchedule({ publishers = 2, rate = 100, messages = 10 } = {}): OpenSchedule {
  return new OpenSchedule({ publishers, rate, messages, startMs: 1_000 });
}

Deno.test("OpenSchedule lets publishers take turns at a steady rate", () => {
  const schedule = openSchedule();
  const times = [0, 1, 2].map((number) => schedule.take(0, number, 5_000));
  const others = [0, 1, 2].map((number) => schedule.take(1, number, 5_000));
  assertEquals([times, others], [[1_000, 1_020, 1_040], [1_010, 1_030, 1_050]]);
});

Deno.test("OpenSchedule names the time at which a late message was due", () => {
  const schedule = openSchedule({ publishers: 1 });
  assertEquals(schedule.take(0, 1, 1_009), undefined);
  assertEquals(schedule.take(0, 1, 9_000), 1_010);
});

Deno.test("OpenSchedule ends with its last message", () => {
  const schedule = openSchedule({ messages: 3 });
  assertEquals([schedule.isOver(0, 1), schedule.isOver(0, 2)], [false, true]);
  assertEquals([schedule.isOver(1, 0), schedule.isOver(1, 1)], [false, true]);
  assertEquals(schedule.take(1, 1, 9_000), undefined);
  assertEquals([999, 1_000, 1_010, 9_000].map((ms) => schedule.dueBy(ms)), [0, 1, 2, 3]);
});

Deno.test("OpenSchedule gives nothing once it is stopped, and counts what was due by then", () => {
  const schedule = openSchedule({ messages: 1_000 });
  schedule.stop(1_025);
  assertEquals(schedule.take(0, 0, 9_000), undefined);
  assertEquals(schedule.dueBy(9_000), 3);
});

Deno.test("ClosedSchedule gives the present time, as many times as there are messages", () => {
  const schedule = new ClosedSchedule(2);
  assertEquals([1, 2, 3].map((ms) => schedule.take(0, 0, ms)), [1, 2, undefined]);
  assertEquals([schedule.isOver(), schedule.dueBy()], [true, 2]);
});

/** Publishers that send what a schedule has due, and remember when each message was due. */
function pacedBy(plan: Partial<BenchPlan> & Pick<BenchPlan, "publishers" | "end" | "rate">) {
  const sent: number[][] = Array.from({ length: plan.publishers }, () => []);
  const clock = { now: 0 };
  const publishers = sent.map((own, index): Paced => ({
    send(max = Infinity) {
      for (let count = 0; count < max; count += 1) {
        const atMs = pacer.schedule.take(index, own.length, clock.now);
        if (atMs === undefined || own.length >= whole.inFlight) return;
        own.push(atMs);
      }
    },
  }));
  const whole: BenchPlan = {
    ...{ url: "http://127.0.0.1", protocol: "centrifuge", token: undefined, subscribers: 0 },
    ...{ channels: ["a"], sizeBytes: 24, inFlight: 100, ...plan },
  };
  const pacer = pacerOf(whole, publishers, 0);
  const tick = (nowMs: number) => pacer.tick(clock.now = nowMs);
  return { sent, tick };
}

Deno.test("pacerOf wakes each publisher for all that became due since the last tick", () => {
  const end = { kind: "messages", count: 7 } as const;
  const { sent, tick } = pacedBy({ publishers: 3, rate: 1_000, end });
  tick(0);
  assertEquals(sent, [[0], [], []]);
  tick(4);
  assertEquals(sent, [[0, 3], [1, 4], [2]]);
  tick(1_000);
  assertEquals(sent, [[0, 3, 6], [1, 4], [2, 5]]);
});

Deno.test("pacerOf sends as many at a rate as fit into the duration", () => {
  const end = { kind: "after", durationMs: 500 } as const;
  const { sent, tick } = pacedBy({ publishers: 2, rate: 10, end });
  tick(60_000);
  assertEquals(sent, [[0, 200, 400], [100, 300]]);
});

Deno.test("pacerOf without a rate divides a small number of messages among all publishers", () => {
  const end = { kind: "messages", count: 6 } as const;
  const { sent, tick } = pacedBy({ publishers: 3, rate: undefined, end });
  tick(5);
  assertEquals(sent, [[5, 5], [5, 5], [5, 5]]);
});
