import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { HistoryLog, Retention } from "../../../server/history/mod.ts";
import { FakeClock } from "../../lifecycle/fake_clock.ts";
import { draft, fill, fromTo, offsets, offsetsOf, read, START_MS } from "./contract/requirement.ts";
import { pathOf, SQLITE } from "./sqlite_folder.ts";

/** How many the trimmer may leave beyond a channel's size. */
const SLACK = 256;

/** With it a log shows everything that is in its file. */
const EVERYTHING: Retention = { size: 1_000_000, ttlMs: 1_000_000_000 };

interface Trimming {
  readonly log: HistoryLog;
  /** Timers. */
  readonly clock: FakeClock;
  /** What the log takes for the time. */
  readonly time: { now: number };
  /** What differs for a channel. */
  readonly kept: Map<string, Retention>;
  /** Opens the log again, by default with a retention that shows everything. Call it last. */
  readonly reopen: (retention?: Retention) => Promise<HistoryLog>;
}

/** Runs a test on a log whose trimmer works only when the test lets time pass. */
async function trimming(
  retention: Partial<Retention>,
  prove: (trimming: Trimming) => Promise<void>,
): Promise<void> {
  using clock = new FakeClock();
  const time = { now: START_MS };
  const now = () => time.now;
  const whole = { size: 1_000, ttlMs: 3_600_000, ...retention };
  const kept = new Map<string, Retention>();
  let log = await SQLITE.open({ retention: (channel) => kept.get(channel) ?? whole, now });
  const reopen = async (other = EVERYTHING): Promise<HistoryLog> => {
    await log.close();
    log = await SQLITE.reopen(log, { retention: () => other, now });
    return log;
  };
  await prove({ log, clock, time, kept, reopen });
  await log.close();
  await SQLITE.remove(log);
  assertEquals(clock.pending, 0);
}

Deno.test("SqliteTrimmer removes what a channel holds beyond its size", () =>
  trimming({ size: 10 }, async ({ log, clock, reopen }) => {
    await fill(log, "a", { count: 10_000 });
    await clock.advance(100);
    assertEquals(offsets(await read(log, "a")), fromTo(9_991, 10_000));
    assertEquals(offsets(await read(await reopen(), "a")), fromTo(9_991, 10_000));
  }));

Deno.test("SqliteTrimmer leaves a channel alone until it holds a run beyond its size", () =>
  trimming({ size: 10 }, async ({ log, clock, reopen }) => {
    await fill(log, "a", { count: 10 + SLACK });
    await clock.advance(100);
    assertEquals((await read(await reopen(), "a")).publications.length, 10 + SLACK);
  }));

Deno.test("SqliteTrimmer keeps up with a channel for as long as it is published to", () =>
  trimming({ size: 10 }, async ({ log, clock, reopen }) => {
    for (let batch = 0; batch < 50; batch++) {
      await fill(log, "a", { count: 100 });
      await clock.advance(5);
    }
    const { publications } = await read(await reopen(), "a");
    assert(publications.length <= 10 + SLACK + 100, `${publications.length} are in the file`);
  }));

Deno.test("SqliteTrimmer trims every channel that has grown", () =>
  trimming({ size: 10 }, async ({ log, clock, reopen }) => {
    for (const channel of ["a", "b", "c"]) await fill(log, channel, { count: 500 });
    await clock.advance(100);
    const again = await reopen();
    for (const channel of ["a", "b", "c"]) {
      assertEquals(offsets(await read(again, channel)), fromTo(491, 500));
    }
  }));

Deno.test("SqliteTrimmer trims a file that it finds too large", () =>
  trimming({ size: 10_000 }, async ({ log, clock, reopen }) => {
    await fill(log, "a", { count: 5_000 });
    const smaller = await reopen({ size: 10, ttlMs: 3_600_000 });
    await fill(smaller, "a", { count: 1 });
    await clock.advance(100);
    assertEquals(offsets(await read(await reopen(), "a")), fromTo(4_992, 5_001));
  }));

Deno.test("SqliteTrimmer removes what has grown too old, and only that", () =>
  trimming({ ttlMs: 10_000 }, async ({ log, clock, time, reopen }) => {
    await fill(log, "a", { count: 5 });
    await fill(log, "b", { count: 3, time: START_MS + 5_000 });
    await fill(log, "a", { count: 2, time: START_MS + 5_000 });
    time.now = START_MS + 10_000;
    await clock.advance(1_000);
    const again = await reopen();
    assertEquals(offsets(await read(again, "a")), [6, 7]);
    assertEquals(offsets(await read(again, "b")), [1, 2, 3]);
  }));

Deno.test("SqliteTrimmer looks at the age of every channel, however many there are", () =>
  trimming({ ttlMs: 10_000 }, async ({ log, clock, time, reopen }) => {
    const names = fromTo(1, 230).map((number) => `room:${number}`);
    await log.append(names.map((name) => draft(name, 1)));
    time.now = START_MS + 10_000;
    await clock.advance(2_000);
    const again = await reopen();
    for (const name of names) assertEquals(offsets(await read(again, name)), [], name);
  }));

Deno.test("SqliteTrimmer removes in steps what is too much for one", () =>
  trimming({ size: 100_000, ttlMs: 10_000 }, async ({ log, clock, time, reopen }) => {
    await fill(log, "a", { count: 5_000 });
    time.now = START_MS + 10_000;
    await clock.advance(1_000);
    await clock.advance(10);
    assertEquals((await read(await reopen(), "a")).publications, []);
  }));

Deno.test("SqliteTrimmer keeps the place of a channel that it has emptied", () =>
  trimming({ ttlMs: 10_000 }, async ({ log, clock, time, reopen }) => {
    await fill(log, "a", { count: 7 });
    const { top } = await read(log, "a");
    time.now = START_MS + 10_000;
    await clock.advance(1_000);
    const again = await reopen();
    assertEquals(await read(again, "a"), { top, publications: [], hasMore: false });
    assertEquals(offsetsOf(await again.append([draft("a", 8)])), [8]);
  }));

Deno.test("SqliteTrimmer rests when there is nothing to trim", () =>
  trimming({ size: 10 }, async ({ log, clock }) => {
    await fill(log, "a", { count: 5_000 });
    await clock.advance(2_000);
    const { fired } = clock;
    await clock.advance(10_000);
    assert(clock.fired - fired <= 100, `${clock.fired - fired} steps in ten seconds`);
  }));

Deno.test("SqliteTrimmer leaves idempotency keys until their time is over", () =>
  trimming({ size: 10 }, async ({ log, clock }) => {
    const keyed = { ...draft("a", 1), idempotency: { key: "k", digest: "d" } };
    await log.append([keyed]);
    await clock.advance(5_000);
    assertEquals((await log.append([keyed])).map(({ kind }) => kind), ["repeated"]);
  }));

Deno.test("SqliteTrimmer trims each channel to its own size", () =>
  trimming({ size: 10 }, async ({ log, clock, kept, reopen }) => {
    kept.set("b", { size: 400, ttlMs: 3_600_000 });
    for (const channel of ["a", "b"]) await fill(log, channel, { count: 1_000 });
    await clock.advance(100);
    const again = await reopen();
    assertEquals(offsets(await read(again, "a")), fromTo(991, 1_000));
    assertEquals(offsets(await read(again, "b")), fromTo(601, 1_000));
  }));

Deno.test("SqliteTrimmer removes from each channel what is too old for it", () =>
  trimming({ ttlMs: 10_000 }, async ({ log, clock, time, kept, reopen }) => {
    kept.set("b", { size: 1_000, ttlMs: 20_000 });
    for (const channel of ["a", "b"]) await fill(log, channel, { count: 5 });
    time.now = START_MS + 10_000;
    await clock.advance(1_000);
    const again = await reopen();
    assertEquals(offsets(await read(again, "a")), []);
    assertEquals(offsets(await read(again, "b")), fromTo(1, 5));
  }));

for (const nothing of [{ size: 0, ttlMs: 3_600_000 }, { size: 1_000, ttlMs: 0 }]) {
  Deno.test(`SqliteTrimmer removes what a channel is not to keep any more, at ${JSON.stringify(nothing)}`, () =>
    trimming({}, async ({ log, clock, kept, reopen }) => {
      for (const channel of ["a", "b"]) await fill(log, channel, { count: 5 });
      kept.set("a", nothing);
      await clock.advance(1_000);
      const again = await reopen();
      assertEquals(offsets(await read(again, "a")), []);
      assertEquals((await read(again, "a")).top.offset, 5);
      assertEquals(offsets(await read(again, "b")), fromTo(1, 5));
    }));
}

Deno.test("SqliteTrimmer trims a quiet channel whose size has shrunk", () =>
  trimming({}, async ({ log, clock, kept, reopen }) => {
    await fill(log, "a", { count: 1_000 });
    kept.set("a", { size: 10, ttlMs: 3_600_000 });
    await clock.advance(1_000);
    assertEquals(offsets(await read(await reopen(), "a")), fromTo(991, 1_000));
  }));

Deno.test("SqliteTrimmer rests while a channel that keeps nothing is published to", () =>
  trimming({ size: 0 }, async ({ log, clock }) => {
    await fill(log, "a", { count: 1_000 });
    await clock.advance(2_000);
    const { fired } = clock;
    for (let times = 0; times < 100; times++) {
      await fill(log, "a", { count: 1 });
      await clock.advance(20);
    }
    assert(clock.fired - fired <= 40, `${clock.fired - fired} steps in two seconds`);
  }));

/** How many publications are in the file of an open log, whatever readers see: counted in a copy. */
function countIn(log: HistoryLog): number {
  const copy = `${pathOf(log)}.copy`;
  for (const suffix of ["", "-wal"]) Deno.copyFileSync(`${pathOf(log)}${suffix}`, copy + suffix);
  const db = new DatabaseSync(copy);
  const [count] = Object.values(db.prepare("SELECT count(*) FROM publications").get() ?? {});
  db.close();
  return Number(count);
}

Deno.test("SqliteTrimmer frees what a channel that was removed takes up, in steps", () =>
  trimming({ size: 100_000 }, async ({ log, clock }) => {
    await fill(log, "a", { count: 5_000 });
    await log.remove("a");
    await fill(log, "a", { count: 2 });
    assertEquals(countIn(log), 5_002);
    await clock.advance(100);
    assertEquals(countIn(log), 2);
    assertEquals(offsets(await read(log, "a")), [5_001, 5_002]);
  }));

Deno.test("SqliteTrimmer frees after a restart what was removed before it", () =>
  trimming({ size: 100_000 }, async ({ log, clock, reopen }) => {
    await fill(log, "a", { count: 5_000 });
    await log.remove("a");
    const again = await reopen();
    await clock.advance(1_000);
    assertEquals(countIn(again), 0);
    assertEquals((await read(again, "a")).top.offset, 5_000);
  }));
