import { assertEquals } from "@std/assert";
import { InFlight } from "../../lifecycle/mod.ts";
import { turns } from "./fake_clock.ts";

/** Whether `idle` has resolved, by now. */
function watchIdle(inFlight: InFlight): { isIdle: boolean } {
  const watched = { isIdle: false };
  inFlight.idle().then(() => watched.isIdle = true);
  return watched;
}

Deno.test("InFlight.idle resolves at once when nothing was tracked", async () => {
  await new InFlight().idle();
});

Deno.test("InFlight counts what has not settled", async () => {
  const inFlight = new InFlight();
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  inFlight.track(one.promise);
  inFlight.track(two.promise);
  assertEquals(inFlight.count, 2);
  one.resolve();
  await turns();
  assertEquals(inFlight.count, 1);
  two.resolve();
  await turns();
  assertEquals(inFlight.count, 0);
});

Deno.test("InFlight.idle resolves with the last of several", async () => {
  const inFlight = new InFlight();
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  inFlight.track(one.promise);
  inFlight.track(two.promise);
  const watched = watchIdle(inFlight);
  two.resolve();
  await turns();
  assertEquals(watched.isIdle, false);
  one.resolve();
  await turns();
  assertEquals(watched.isIdle, true);
});

Deno.test("InFlight counts a rejection as an end and hears it", async () => {
  const inFlight = new InFlight();
  // Unheard, the rejection would end the test run.
  inFlight.track(Promise.reject(new Error("the client vanished")));
  await inFlight.idle();
  assertEquals(inFlight.count, 0);
});

Deno.test("InFlight.idle waits for work that begins while it waits", async () => {
  const inFlight = new InFlight();
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  inFlight.track(one.promise);
  const watched = watchIdle(inFlight);
  inFlight.track(two.promise);
  one.resolve();
  await turns();
  assertEquals(watched.isIdle, false);
  two.resolve();
  await turns();
  assertEquals(watched.isIdle, true);
});

Deno.test("InFlight.idle resolves for everyone who asked", async () => {
  const inFlight = new InFlight();
  const work = Promise.withResolvers<void>();
  inFlight.track(work.promise);
  const watched = [watchIdle(inFlight), watchIdle(inFlight)];
  work.resolve();
  await turns();
  assertEquals(watched.map(({ isIdle }) => isIdle), [true, true]);
});

Deno.test("InFlight can be waited for again after it was idle", async () => {
  const inFlight = new InFlight();
  inFlight.track(Promise.resolve());
  await inFlight.idle();
  const work = Promise.withResolvers<void>();
  inFlight.track(work.promise);
  const watched = watchIdle(inFlight);
  await turns();
  assertEquals(watched.isIdle, false);
  work.resolve();
  await turns();
  assertEquals(watched.isIdle, true);
});

Deno.test("InFlight does not wait for what is abandoned, and counts it once", async () => {
  const inFlight = new InFlight();
  const [stuck, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const flight = inFlight.track(stuck.promise);
  inFlight.track(other.promise);
  const watched = watchIdle(inFlight);
  flight.abandon();
  flight.abandon();
  stuck.resolve();
  await turns();
  assertEquals([inFlight.count, watched.isIdle], [1, false]);
  other.resolve();
  await turns();
  assertEquals([inFlight.count, watched.isIdle], [0, true]);
});

Deno.test("InFlight.settled waits for what has begun and not for what begins later", async () => {
  const inFlight = new InFlight();
  await inFlight.settled();
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  inFlight.track(one.promise);
  let hasSettled = false;
  const settled = inFlight.settled().then(() => hasSettled = true);
  inFlight.track(two.promise);
  await turns();
  assertEquals(hasSettled, false);
  one.resolve();
  await settled;
  assertEquals(inFlight.count, 1);
  two.resolve();
  await inFlight.idle();
});
