import { assert, assertEquals } from "@std/assert";
import type { Requirement } from "./requirement.ts";
import { draft, fill, fromTo, offsets, offsetsOf, read, START_MS } from "./requirement.ts";

const HOUR_MS = 3_600_000;

/** What is kept, and what is not. */
export const RETENTION: readonly Requirement[] = [
  {
    name: "keeps as many publications of a channel as its size says, the newest",
    retention: { size: 10 },
    async prove(log) {
      await fill(log, "a", { count: 10 });
      assertEquals(offsets(await read(log, "a")), fromTo(1, 10));
      await fill(log, "a", { count: 1 });
      assertEquals(offsets(await read(log, "a")), fromTo(2, 11));
      await fill(log, "a", { count: 1_000 });
      assertEquals(offsets(await read(log, "a")), fromTo(1_002, 1_011));
    },
  },
  {
    name: "hands out no more than its size, whatever the reader asks for",
    retention: { size: 3 },
    async prove(log) {
      await fill(log, "a", { count: 100 });
      assertEquals(offsets(await read(log, "a", { since: 50, limit: 100 })), [98, 99, 100]);
      assertEquals(offsets(await read(log, "a", { limit: 100, isReverse: true })), [100, 99, 98]);
      const reverse = { since: 99, limit: 100, isReverse: true };
      assertEquals(offsets(await read(log, "a", reverse)), [98]);
    },
  },
  {
    name: "keeps one publication when its size is 1",
    retention: { size: 1 },
    async prove(log) {
      for (const offset of fromTo(1, 5)) {
        await fill(log, "a", { count: 1 });
        assertEquals(offsets(await read(log, "a")), [offset]);
      }
    },
  },
  {
    name: "counts the size of each channel by itself",
    retention: { size: 5 },
    async prove(log) {
      await fill(log, "quiet", { count: 5 });
      await fill(log, "busy", { count: 1_000 });
      assertEquals(offsets(await read(log, "quiet")), fromTo(1, 5));
    },
  },
  {
    name: "hands a publication out until it is as old as the ttl, and not from then on",
    retention: { ttlMs: 1_000 },
    async prove(log, { clock }) {
      await fill(log, "a", { count: 3 });
      clock.now = START_MS + 999;
      assertEquals(offsets(await read(log, "a")), [1, 2, 3]);
      clock.now = START_MS + 1_000;
      assertEquals(offsets(await read(log, "a")), []);
    },
  },
  {
    name: "lets publications grow old one after the other",
    retention: { ttlMs: 1_000 },
    async prove(log, { clock }) {
      for (const offset of fromTo(1, 5)) {
        clock.now = START_MS + offset * 100;
        await fill(log, "a", { count: 1, time: clock.now });
      }
      clock.now = START_MS + 1_250;
      assertEquals(offsets(await read(log, "a")), [3, 4, 5]);
      assertEquals(offsets(await read(log, "a", { limit: 9, isReverse: true })), [5, 4, 3]);
      assertEquals(offsets(await read(log, "a", { since: 1, limit: 1 })), [3]);
    },
  },
  {
    name: "counts a reader's limit over what it hands out, not over what has grown old",
    retention: { ttlMs: 1_000 },
    async prove(log, { clock }) {
      await fill(log, "a", { count: 100 });
      clock.now = START_MS + 1_000;
      await fill(log, "a", { count: 5, time: clock.now });
      assertEquals(offsets(await read(log, "a", { limit: 3 })), [101, 102, 103]);
    },
  },
  {
    name: "goes on counting after everything has grown too old",
    retention: { ttlMs: 1_000 },
    async prove(log, { clock }) {
      await fill(log, "a", { count: 7 });
      const { top } = await read(log, "a");
      clock.now = START_MS + HOUR_MS;
      assertEquals(await read(log, "a"), { top, publications: [], hasMore: false });
      assertEquals(await log.tops(["a"]), [top]);
      const [outcome] = await log.append([draft("a", 8, clock.now)]);
      assertEquals(outcome, { kind: "stored", position: { epoch: top.epoch, offset: 8 } });
      assertEquals(offsets(await read(log, "a")), [8]);
    },
  },
  {
    name: "keeps nothing and counts on when its size is 0",
    retention: { size: 0 },
    prove: async (log) => {
      await fill(log, "a", { count: 3 });
      await fill(log, "a", { count: 2 });
      const page = await read(log, "a");
      assertEquals([page.publications, page.top.offset], [[], 5]);
    },
  },
  {
    name: "keeps nothing and counts on when its ttl is 0",
    retention: { ttlMs: 0 },
    prove: async (log) => {
      await fill(log, "a", { count: 3 });
      await fill(log, "a", { count: 2 });
      const page = await read(log, "a");
      assertEquals([page.publications, page.top.offset], [[], 5]);
    },
  },
  {
    name: "keeps of each channel as many as its own size says",
    async prove(log, { kept }) {
      kept.set("a", { size: 3 }).set("b", { size: 0 });
      for (const channel of ["a", "b", "c"]) await fill(log, channel, { count: 10 });
      assertEquals(offsets(await read(log, "a")), [8, 9, 10]);
      assertEquals(offsets(await read(log, "a", { limit: 9, isReverse: true })), [10, 9, 8]);
      assertEquals(offsets(await read(log, "b")), []);
      assertEquals(offsets(await read(log, "c")), fromTo(1, 10));
      assertEquals((await log.tops(["a", "b", "c"])).map(({ offset }) => offset), [10, 10, 10]);
    },
  },
  {
    name: "hands the publications of each channel out until they are as old as its own ttl",
    async prove(log, { clock, kept }) {
      kept.set("a", { ttlMs: 1_000 }).set("b", { ttlMs: 2_000 });
      for (const channel of ["a", "b", "c"]) await fill(log, channel, { count: 1 });
      clock.now = START_MS + 1_999;
      assertEquals(offsets(await read(log, "a")), []);
      assertEquals(offsets(await read(log, "b")), [1]);
      clock.now = START_MS + 2_000;
      assertEquals(offsets(await read(log, "b")), []);
      assertEquals(offsets(await read(log, "c")), [1]);
    },
  },
  {
    name: "follows a retention that changes while it is open",
    async prove(log, { clock, kept }) {
      await fill(log, "a", { count: 10 });
      kept.set("a", { size: 3 });
      assertEquals(offsets(await read(log, "a")), [8, 9, 10]);
      await fill(log, "a", { count: 1 });
      assertEquals(offsets(await read(log, "a")), [9, 10, 11]);
      kept.set("a", { size: 5, ttlMs: 1_000 });
      await fill(log, "a", { count: 4 });
      assertEquals(offsets(await read(log, "a")), fromTo(11, 15));
      clock.now = START_MS + 1_000;
      assertEquals(offsets(await read(log, "a")), []);
    },
  },
  {
    name: "hands nothing out of a channel that is to keep nothing any more, and counts on",
    async prove(log, { kept }) {
      await fill(log, "a", { count: 3 });
      await fill(log, "b", { count: 3 });
      const { top } = await read(log, "a");
      kept.set("a", { size: 0 }).set("b", { ttlMs: 0 });
      assertEquals(await read(log, "a"), { top, publications: [], hasMore: false });
      assertEquals(offsets(await read(log, "b", { limit: 9, isReverse: true })), []);
      const outcomes = await log.append([draft("a", 4), draft("b", 4)]);
      assertEquals(outcomes[0], { kind: "stored", position: { epoch: top.epoch, offset: 4 } });
      assertEquals(offsetsOf(outcomes), [4, 4]);
    },
  },
  {
    name: "hands out nothing of before a time in which it kept nothing: there would be a hole",
    async prove(log, { kept }) {
      await fill(log, "a", { count: 3 });
      kept.set("a", { size: 0 });
      await fill(log, "a", { count: 2 });
      kept.set("a", {});
      assertEquals(offsets(await read(log, "a")), []);
      await fill(log, "a", { count: 2 });
      assertEquals(offsets(await read(log, "a")), [6, 7]);
      assertEquals(offsets(await read(log, "a", { since: 1, limit: 9 })), [6, 7]);
      assertEquals(offsets(await read(log, "a", { limit: 9, isReverse: true })), [7, 6]);
    },
  },
  {
    name: "uses a bounded amount, however much is published",
    retention: { size: 10 },
    async prove(log) {
      const publish = async (): Promise<number> => {
        for (let batch = 0; batch < 100; batch++) {
          await log.append(fromTo(1, 30).map(() => draft("a", "x".repeat(1_000))));
          // Trimming may take a turn of its own; the timer is the log's.
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        return log.usage().bytes;
      };
      const after3000 = await publish();
      const after6000 = await publish();
      assertEquals(offsets(await read(log, "a")), fromTo(5_991, 6_000));
      assert(after6000 <= after3000 * 1.25 + 100_000, `${after3000} bytes, then ${after6000}`);
    },
  },
];
