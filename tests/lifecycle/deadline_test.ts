import { assertEquals } from "@std/assert";
import { Deadline } from "../../lifecycle/mod.ts";
import { FakeClock, turns } from "./fake_clock.ts";

/** Thirty days: beyond the 2^31 - 1 milliseconds that a timer can hold. */
const LONG_MS = 30 * 86_400_000;

/** A value that says later what became of a promise. */
function watch<T>(promise: Promise<T>): { settled: boolean; value?: T } {
  const watched: { settled: boolean; value?: T } = { settled: false };
  promise.then((value) => Object.assign(watched, { settled: true, value }));
  return watched;
}

function never(): Promise<never> {
  return Promise.withResolvers<never>().promise;
}

Deno.test("Deadline counts down with the clock and never below 0", () => {
  let now = 1_000;
  const deadline = new Deadline(500, () => now);
  assertEquals(deadline.remainingMs, 500);
  now += 200;
  assertEquals(deadline.remainingMs, 300);
  now += 10_000;
  assertEquals(deadline.remainingMs, 0);
});

Deno.test("Deadline reads performance.now by default", () => {
  using clock = new FakeClock();
  const deadline = new Deadline(100);
  clock.stall(40);
  assertEquals(deadline.remainingMs, 60);
});

Deno.test("Deadline.earlier ends before the whole by its reserve", () => {
  let now = 0;
  const deadline = new Deadline(1_000, () => now).earlier(300);
  now = 699;
  assertEquals(deadline.remainingMs, 1);
  now = 700;
  assertEquals(deadline.remainingMs, 0);
});

Deno.test("Deadline.earlier is over at once when the reserve is more than is left", () => {
  assertEquals(new Deadline(100, () => 0).earlier(300).remainingMs, 0);
});

Deno.test("Deadline.atLeast gives the time asked for when less is left", () => {
  let now = 0;
  const deadline = new Deadline(100, () => now);
  now = 90;
  assertEquals(deadline.atLeast(250).remainingMs, 250);
});

Deno.test("Deadline.atLeast keeps what is left when that is more", () => {
  assertEquals(new Deadline(1_000, () => 0).atLeast(250).remainingMs, 1_000);
});

Deno.test("Deadline.sleep sleeps as long as it was asked to", async () => {
  using clock = new FakeClock();
  const sleeping = watch(new Deadline(1_000).sleep(300));
  await clock.advance(299);
  assertEquals(sleeping.settled, false);
  await clock.advance(1);
  assertEquals(sleeping.settled, true);
});

Deno.test("Deadline.sleep wakes when the deadline is over", async () => {
  using clock = new FakeClock();
  const sleeping = watch(new Deadline(100).sleep(300));
  await clock.advance(99);
  assertEquals(sleeping.settled, false);
  await clock.advance(1);
  assertEquals(sleeping.settled, true);
});

Deno.test("Deadline.sleep sets no timer when there is nothing to sleep", async () => {
  using clock = new FakeClock();
  await new Deadline(0).sleep(300);
  await new Deadline(100).sleep(0);
  assertEquals(clock.pending, 0);
});

Deno.test("Deadline.wait gives the value and clears its timer", async () => {
  using clock = new FakeClock();
  const waited = await new Deadline(100).wait(Promise.resolve("value"));
  assertEquals(waited, { kind: "done", value: "value" });
  assertEquals(clock.pending, 0);
});

Deno.test("Deadline.wait gives the error of a rejection instead of throwing it", async () => {
  using clock = new FakeClock();
  const error = new Error("broken");
  assertEquals(await new Deadline(100).wait(Promise.reject(error)), { kind: "failed", error });
  assertEquals(clock.pending, 0);
});

Deno.test("Deadline.wait says late at the deadline and not before", async () => {
  using clock = new FakeClock();
  const waiting = watch(new Deadline(100).wait(never()));
  await clock.advance(99);
  assertEquals(waiting.settled, false);
  await clock.advance(1);
  assertEquals(waiting.value, { kind: "late" });
});

Deno.test("Deadline.wait leaves a rejection after the deadline unheard", async () => {
  using clock = new FakeClock();
  const { promise, reject } = Promise.withResolvers<void>();
  const waiting = watch(new Deadline(10).wait(promise));
  await clock.advance(10);
  // An unhandled rejection would end the test run.
  reject(new Error("too late"));
  await turns();
  assertEquals(waiting.value, { kind: "late" });
});

Deno.test("Deadline.wait hands out a value that is there even when the time is over", async () => {
  const waited = await new Deadline(0).wait(Promise.resolve("value"));
  assertEquals(waited, { kind: "done", value: "value" });
});

Deno.test("Deadline.wait waits longer than one timer can hold", async () => {
  using clock = new FakeClock();
  const waiting = watch(new Deadline(LONG_MS).wait(never()));
  await clock.advance(60_000);
  assertEquals(waiting.settled, false);
});

Deno.test("Deadline.sleep sleeps longer than one timer can hold", async () => {
  using clock = new FakeClock();
  const sleeping = watch(new Deadline(LONG_MS).sleep(LONG_MS));
  await clock.advance(60_000);
  assertEquals(sleeping.settled, false);
});
