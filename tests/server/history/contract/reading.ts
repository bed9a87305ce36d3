import { assert, assertEquals } from "@std/assert";
import type { HistoryLog, HistoryPage, ReadOptions } from "../../../../server/history/mod.ts";
import type { Requirement } from "./requirement.ts";
import { draft, fill, fromTo, offsets, offsetsOf, read, texts } from "./requirement.ts";

type Reading = readonly [options: Partial<ReadOptions>, offsets: readonly number[]];

/** Every edge of a channel that holds the offsets 1 to 5. */
const OF_FIVE: readonly Reading[] = [
  [{ limit: 1 }, [1]],
  [{ limit: 4 }, [1, 2, 3, 4]],
  [{ limit: 5 }, [1, 2, 3, 4, 5]],
  [{ limit: 6 }, [1, 2, 3, 4, 5]],
  [{ since: 0, limit: 100 }, [1, 2, 3, 4, 5]],
  [{ since: 1, limit: 100 }, [2, 3, 4, 5]],
  [{ since: 4, limit: 100 }, [5]],
  [{ since: 5, limit: 100 }, []],
  [{ since: 6, limit: 100 }, []],
  [{ since: 1_000_000, limit: 100 }, []],
  [{ since: 1, limit: 2 }, [2, 3]],
  [{ since: 3, limit: 2 }, [4, 5]],
  [{ since: 4, limit: 2 }, [5]],
  [{ limit: 1, isReverse: true }, [5]],
  [{ limit: 3, isReverse: true }, [5, 4, 3]],
  [{ limit: 5, isReverse: true }, [5, 4, 3, 2, 1]],
  [{ limit: 6, isReverse: true }, [5, 4, 3, 2, 1]],
  [{ since: 0, limit: 100, isReverse: true }, []],
  [{ since: 1, limit: 100, isReverse: true }, []],
  [{ since: 2, limit: 100, isReverse: true }, [1]],
  [{ since: 5, limit: 100, isReverse: true }, [4, 3, 2, 1]],
  [{ since: 6, limit: 100, isReverse: true }, [5, 4, 3, 2, 1]],
  [{ since: 1_000_000, limit: 2, isReverse: true }, [5, 4]],
  [{ since: 4, limit: 2, isReverse: true }, [3, 2]],
  [{ since: 5, limit: 100, isReverse: false }, []],
];

/** The same of one that held 1 to 8 and keeps 4 to 8. */
const TRIMMED_TO_FIVE: readonly Reading[] = [
  [{ limit: 2 }, [4, 5]],
  [{ since: 0, limit: 100 }, [4, 5, 6, 7, 8]],
  [{ since: 2, limit: 100 }, [4, 5, 6, 7, 8]],
  [{ since: 3, limit: 100 }, [4, 5, 6, 7, 8]],
  [{ since: 4, limit: 100 }, [5, 6, 7, 8]],
  [{ since: 2, limit: 2 }, [4, 5]],
  [{ since: 8, limit: 100 }, []],
  [{ limit: 2, isReverse: true }, [8, 7]],
  [{ limit: 100, isReverse: true }, [8, 7, 6, 5, 4]],
  [{ since: 6, limit: 100, isReverse: true }, [5, 4]],
  [{ since: 4, limit: 100, isReverse: true }, []],
  [{ since: 2, limit: 100, isReverse: true }, []],
];

async function checkReadings(log: HistoryLog, readings: readonly Reading[]): Promise<void> {
  for (const [options, expected] of readings) {
    const page = await read(log, "a", options);
    assertEquals(offsets(page), [...expected], JSON.stringify(options));
  }
}

/** Whether a page can have been true at one moment: no hole, and its top is not behind it. */
function checkPage({ publications, top }: HistoryPage): void {
  for (const [index, { offset }] of publications.entries()) {
    assertEquals(offset, (publications[0]?.offset ?? 0) + index);
  }
  assertEquals(publications.at(-1)?.offset ?? top.offset, top.offset);
}

/** What a reader gets. */
export const READING: readonly Requirement[] = [
  {
    name: "reads since, limit and reverse at every edge",
    async prove(log) {
      await fill(log, "a", { count: 5 });
      await fill(log, "b", { count: 20 });
      await checkReadings(log, OF_FIVE);
    },
  },
  {
    name: "reads since, limit and reverse at every edge of a channel that was trimmed",
    retention: { size: 5 },
    async prove(log) {
      await fill(log, "a", { count: 8 });
      await checkReadings(log, TRIMMED_TO_FIVE);
    },
  },
  {
    name: "tells the top whatever part of the channel is read",
    async prove(log) {
      await fill(log, "a", { count: 5 });
      for (const [options] of OF_FIVE) {
        assertEquals((await read(log, "a", options)).top.offset, 5, JSON.stringify(options));
      }
    },
  },
  {
    name: "reads an empty channel from every side",
    async prove(log) {
      for (const [options] of OF_FIVE) assertEquals(offsets(await read(log, "a", options)), []);
    },
  },
  {
    name: "shows a read that begins after an append was answered what that append stored",
    async prove(log) {
      for (const number of fromTo(1, 100)) {
        await log.append([draft("a", number)]);
        assertEquals(texts(await read(log, "a", { limit: 1, isReverse: true })), [`${number}`]);
        assertEquals((await log.tops(["a"]))[0]?.offset, number);
      }
    },
  },
  {
    name: "pages through a long channel without gap or repeat",
    async prove(log) {
      await fill(log, "a", { count: 1_000 });
      const seen: number[] = [];
      for (let hasMore = true; hasMore;) {
        const page = await read(log, "a", { since: seen.at(-1) ?? 0, limit: 97 });
        seen.push(...offsets(page));
        hasMore = page.hasMore;
      }
      assertEquals(seen, fromTo(1, 1_000));
    },
  },
  {
    name: "pages backwards through a long channel without gap or repeat",
    async prove(log) {
      await fill(log, "a", { count: 1_000 });
      const seen: number[] = [];
      for (let hasMore = true; hasMore;) {
        const since = seen.at(-1) ?? 1_001;
        const page = await read(log, "a", { since, limit: 97, isReverse: true });
        seen.push(...offsets(page));
        hasMore = page.hasMore;
      }
      assertEquals(seen, fromTo(1, 1_000).reverse());
    },
  },
  {
    name: "says that there is more when the limit ends the page, and only then",
    async prove(log) {
      await fill(log, "a", { count: 5 });
      for (const isReverse of [false, true]) {
        assertEquals((await read(log, "a", { limit: 4, isReverse })).hasMore, true);
        assertEquals((await read(log, "a", { limit: 5, isReverse })).hasMore, false);
        assertEquals((await read(log, "a", { since: 3, limit: 2, isReverse })).hasMore, false);
      }
      assertEquals((await read(log, "nothing", { limit: 1 })).hasMore, false);
    },
  },
  {
    name: "ends a page when it holds the bytes asked for, and says that there is more",
    async prove(log) {
      await log.append(fromTo(1, 5).map(() => draft("a", "x".repeat(1_000))));
      const half = await read(log, "a", { maxBytes: 2_500 });
      assertEquals([offsets(half), half.hasMore], [[1, 2, 3], true]);
      const reverse = await read(log, "a", { maxBytes: 2_000, isReverse: true });
      assertEquals([offsets(reverse), reverse.hasMore], [[5, 4], true]);
      const whole = await read(log, "a", { maxBytes: 5_000 });
      assertEquals([offsets(whole), whole.hasMore], [[1, 2, 3, 4, 5], false]);
    },
  },
  {
    name: "reads one publication however few bytes are asked for",
    async prove(log) {
      await log.append(fromTo(1, 3).map(() => draft("a", "x".repeat(60_000))));
      assertEquals(offsets(await read(log, "a", { maxBytes: 1 })), [1]);
      assertEquals(offsets(await read(log, "a", { since: 1, maxBytes: 1 })), [2]);
      assertEquals(offsets(await read(log, "a", { since: 2, maxBytes: 1 })), [3]);
    },
  },
  {
    name: "serves readers that read while it is appended to",
    retention: { size: 200 },
    async prove(log) {
      let isAppending = true;
      const readOnAndOn = async (): Promise<number> => {
        let pages = 0;
        for (let top = 0; isAppending || pages === 0; pages += 1) {
          const page = await read(log, "a");
          checkPage(page);
          assert(page.top.offset >= top);
          top = page.top.offset;
          await new Promise((resolve) => setTimeout(resolve));
        }
        return pages;
      };
      const readers = fromTo(1, 4).map(readOnAndOn);
      for (const batch of fromTo(0, 99)) {
        const drafts = fromTo(1, 7).map((number) => draft("a", number));
        const first = batch * 7 + 1;
        assertEquals(offsetsOf(await log.append(drafts)), fromTo(first, first + 6));
        if (batch % 10 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
      isAppending = false;
      for (const pages of await Promise.all(readers)) assert(pages > 5, `${pages} pages were read`);
    },
  },
  {
    name: "answers reads that were begun together each for itself",
    async prove(log) {
      await fill(log, "a", { count: 3 });
      await fill(log, "b", { count: 5 });
      const pages = await Promise.all([
        read(log, "a"),
        read(log, "b", { limit: 2, isReverse: true }),
        read(log, "c"),
        read(log, "a", { since: 2, limit: 9 }),
      ]);
      assertEquals(pages.map(offsets), [[1, 2, 3], [5, 4], [], [3]]);
    },
  },
];
