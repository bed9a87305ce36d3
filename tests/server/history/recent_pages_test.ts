import { assertEquals } from "@std/assert";
import type { HistoryPage } from "../../../server/history/mod.ts";
import { RecentPages } from "../../../server/history/recent_pages.ts";

const STATE = { epoch: "e", top: 10, afterOffset: 0 };
const ASKED = { since: 3, limit: 100, maxBytes: 1_000 };

/** Pages, with a clock that is set and a count of what was read. */
function pages() {
  const seen = { nowMs: 0, reads: 0 };
  const recent = new RecentPages(() => seen.nowMs);
  const page: HistoryPage = { top: { epoch: "e", offset: 10 }, publications: [], hasMore: false };
  const read = () => {
    seen.reads += 1;
    return page;
  };
  return { recent, seen, read };
}

Deno.test("RecentPages reads once for all who ask for the same", () => {
  const { recent, seen, read } = pages();
  for (let client = 0; client < 100; client++) recent.get("a", ASKED, STATE, read);
  assertEquals(seen.reads, 1);
});

Deno.test("RecentPages reads again when anything differs", () => {
  const { recent, seen, read } = pages();
  recent.get("a", ASKED, STATE, read);
  const others = [
    ["b", ASKED, STATE],
    ["a", { ...ASKED, since: 4 }, STATE],
    ["a", { ...ASKED, limit: 101 }, STATE],
    ["a", { ...ASKED, maxBytes: 1_001 }, STATE],
    ["a", { ...ASKED, isReverse: true }, STATE],
    ["a", ASKED, { ...STATE, epoch: "f" }],
    ["a", ASKED, { ...STATE, top: 11 }],
    ["a", ASKED, { ...STATE, afterOffset: 1 }],
  ] as const;
  for (const [channel, options, state] of others) recent.get(channel, options, state, read);
  assertEquals(seen.reads, 1 + others.length);
});

Deno.test("RecentPages reads again after a second, because publications expire", () => {
  const { recent, seen, read } = pages();
  for (const nowMs of [0, 999, 1_000, 1_500, 2_000]) {
    seen.nowMs = nowMs;
    recent.get("a", ASKED, STATE, read);
  }
  assertEquals(seen.reads, 3);
});

Deno.test("RecentPages reads again when the clock was set back", () => {
  const { recent, seen, read } = pages();
  seen.nowMs = 5_000;
  recent.get("a", ASKED, STATE, read);
  seen.nowMs = 4_000;
  recent.get("a", ASKED, STATE, read);
  assertEquals(seen.reads, 2);
});

Deno.test("RecentPages keeps sixteen, and no page without a bound", () => {
  const { recent, seen, read } = pages();
  for (const round of [1, 2]) {
    for (let channel = 0; channel < 17; channel++) recent.get(`${channel}`, ASKED, STATE, read);
    assertEquals(seen.reads, 17 * round);
  }
  seen.reads = 0;
  for (const _ of [1, 2]) recent.get("a", { since: 3, limit: 100 }, STATE, read);
  assertEquals(seen.reads, 2);
});
