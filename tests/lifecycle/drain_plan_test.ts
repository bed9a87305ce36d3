import { assert, assertEquals, assertThrows } from "@std/assert";
import { drainPlan } from "../../lifecycle/mod.ts";
import { integer, seededRandom, SEEDS } from "./seeded_random.ts";

interface Case {
  readonly count: number;
  readonly windowMs: number;
  readonly plan: readonly number[];
}

/** Plans of every shape, each with its own seed. */
function* cases(): Generator<Case> {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    const count = integer(random, 2_000);
    const windowMs = integer(random, 60_000);
    yield { count, windowMs, plan: drainPlan({ count, windowMs, random }) };
  }
}

Deno.test("drainPlan gives every connection one moment", () => {
  for (const { count, plan } of cases()) assertEquals(plan.length, count);
});

Deno.test("drainPlan is ascending", () => {
  for (const { plan } of cases()) {
    assert(plan.every((at, index) => index === 0 || at >= (plan[index - 1] ?? 0)));
  }
});

Deno.test("drainPlan stays within its window", () => {
  for (const { plan, windowMs } of cases()) {
    assert(plan.every((at) => at >= 0 && at <= windowMs));
  }
});

Deno.test("drainPlan has exactly one moment in each equal part of the window", () => {
  for (const seed of SEEDS) {
    const plan = drainPlan({ count: 50, windowMs: 10_000, random: seededRandom(seed) });
    assertEquals(plan.map((at) => Math.floor(at / 200)), Array.from({ length: 50 }, (_, i) => i));
  }
});

Deno.test("drainPlan is jittered: two draws differ and no part is hit in the same place", () => {
  const options = { count: 100, windowMs: 100_000 };
  const one = drainPlan({ ...options, random: seededRandom(1) });
  const other = drainPlan({ ...options, random: seededRandom(2) });
  assert(one.every((at, index) => at !== other[index]));
  assertEquals(new Set(one.map((at) => at % 1_000)).size, 100);
});

Deno.test("drainPlan uses the whole of each part", () => {
  assertEquals(drainPlan({ count: 4, windowMs: 100, random: () => 0 }), [0, 25, 50, 75]);
  const last = 0.999;
  const plan = drainPlan({ count: 4, windowMs: 100, random: () => last });
  assertEquals(plan.map(Math.round), [25, 50, 75, 100]);
});

Deno.test("drainPlan draws from Math.random when no chance is given", () => {
  const plan = drainPlan({ count: 20, windowMs: 20_000 });
  assertEquals(plan.map((at) => Math.floor(at / 1_000)), Array.from({ length: 20 }, (_, i) => i));
  assert(new Set(plan.map((at) => at % 1_000)).size > 1);
});

Deno.test("drainPlan closes all at once in a window of 0", () => {
  assertEquals(drainPlan({ count: 3, windowMs: 0 }), [0, 0, 0]);
});

Deno.test("drainPlan of nobody is empty", () => {
  assertEquals(drainPlan({ count: 0, windowMs: 5_000 }), []);
});

for (const count of [-1, 1.5, NaN, Infinity]) {
  Deno.test(`drainPlan refuses a count of ${count}`, () => {
    assertThrows(() => drainPlan({ count, windowMs: 0 }), RangeError, `current value is ${count}`);
  });
}

for (const windowMs of [-1, NaN, Infinity]) {
  Deno.test(`drainPlan refuses a window of ${windowMs} ms`, () => {
    const plan = () => drainPlan({ count: 1, windowMs });
    assertThrows(plan, RangeError, `current value is ${windowMs}`);
  });
}
