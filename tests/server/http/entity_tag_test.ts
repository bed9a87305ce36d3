import { assert, assertEquals } from "@std/assert";
import { matchesNone } from "../../../server/http/entity_tag.ts";

const CASES: readonly [header: string | null, etag: string | undefined, isNone: boolean][] = [
  [null, '"a"', true],
  ['"a"', undefined, true],
  ["", '"a"', true],
  ['"a"', '"a"', false],
  ['W/"a"', '"a"', false],
  ['"a"', 'W/"a"', false],
  ['"b"', '"a"', true],
  ['"b", "a"', '"a"', false],
  ['"b",W/"a"', '"a"', false],
  ['  "b"\t,\t"a"  ', '"a"', false],
  ['"b",,"c"', '"a"', true],
  ["*", '"a"', false],
  [" * ", '"a"', false],
  ["a", '"a"', true],
  ['"aa"', '"a"', true],
];

for (const [header, etag, isNone] of CASES) {
  Deno.test(`matchesNone finds ${etag} ${isNone ? "not " : ""}in ${header}`, () => {
    assertEquals(matchesNone(header, etag), isNone);
  });
}

Deno.test("matchesNone takes linear time", () => {
  for (const unit of [" ", "\t", ",", ", ", '"', "W/", " ,"]) {
    const startedAt = performance.now();
    assert(matchesNone(`x${unit.repeat(500_000)}x`, '"a"'));
    const tookMs = performance.now() - startedAt;
    // What is quadratic takes minutes.
    assert(tookMs < 2_000, `${tookMs} ms`);
  }
});
