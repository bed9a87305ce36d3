import { assertEquals } from "@std/assert";
import type { HistoryQuery } from "../../../server/http/query.ts";
import { parseHistoryQuery, wholeNumber } from "../../../server/http/query.ts";

const NOTHING: HistoryQuery = {
  since: undefined,
  epoch: undefined,
  limit: 100,
  isReverse: false,
};

const QUERIES: Readonly<Record<string, Partial<HistoryQuery>>> = {
  "": {},
  "since=0": { since: 0 },
  "since=12": { since: 12 },
  "since=999999999999999": { since: 999_999_999_999_999 },
  "epoch=abc": { epoch: "abc" },
  "limit=1": { limit: 1 },
  "limit=1000": { limit: 1_000 },
  "reverse": { isReverse: true },
  "reverse=": { isReverse: true },
  "reverse=1": { isReverse: true },
  "reverse=true": { isReverse: true },
  "reverse=0": { isReverse: false },
  "reverse=false": { isReverse: false },
  "since=3&epoch=e&limit=7&reverse": { since: 3, epoch: "e", limit: 7, isReverse: true },
  "unheard=of": {},
};

const BAD = [
  "since=",
  "since=-1",
  "since=1.5",
  "since=x",
  "since=1e3",
  "since=+1",
  "since=1234567890123456",
  "limit=",
  "limit=0",
  "limit=1001",
  "limit=-1",
  "limit=all",
];

for (const [query, expected] of Object.entries(QUERIES)) {
  Deno.test(`parseHistoryQuery reads "${query}"`, () => {
    assertEquals(parseHistoryQuery(new URLSearchParams(query)), { ...NOTHING, ...expected });
  });
}

for (const query of BAD) {
  Deno.test(`parseHistoryQuery refuses "${query}"`, () => {
    assertEquals(parseHistoryQuery(new URLSearchParams(query)), undefined);
  });
}

Deno.test("wholeNumber gives the default where there is none", () => {
  assertEquals(wholeNumber(null, 7), 7);
  assertEquals(wholeNumber(null, undefined), undefined);
  assertEquals(wholeNumber("8", 7), 8);
  assertEquals(wholeNumber("eight", 7), "bad");
});
