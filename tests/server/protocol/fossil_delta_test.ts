import { assert, assertEquals, assertThrows } from "@std/assert";
import { fossilDelta } from "../../../server/protocol/mod.ts";
import { integer, pick, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";
import {
  changedRecords,
  mutatedOften,
  quotes,
  randomBytes,
  randomRecords,
} from "./changed_payloads.ts";
import { decodedBytes, decodedJson } from "./fossil_decoder.ts";

const PAIRS_PER_SEED = 120;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

function deltaText(source: string, target: string): string {
  return strictDecoder.decode(fossilDelta(bytes(source), bytes(target)));
}

function assertRoundTrip(source: Uint8Array, target: Uint8Array, message?: string): Uint8Array {
  const delta = fossilDelta(source, target);
  assertEquals(decodedBytes(source, delta), target, message);
  return delta;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

const EDGES: Record<string, readonly [string, string]> = {
  "nothing from nothing": ["", ""],
  "something from nothing": ["", LETTERS],
  "nothing from something": [LETTERS, ""],
  "one byte": ["a", "b"],
  "a source shorter than a block": [LETTERS.slice(0, 15), LETTERS],
  "a target shorter than a block": [LETTERS, LETTERS.slice(3, 18)],
  "a source of one block": [LETTERS.slice(0, 16), `-${LETTERS.slice(0, 16)}-`],
  "the same": [LETTERS, LETTERS],
  "halves in the other order": [LETTERS + "!".repeat(30), "!".repeat(30) + LETTERS],
  "separators as content": ["1@2,3:4;\n".repeat(9), "5@6,7:8;\n" + "1@2,3:4;\n".repeat(8)],
  "a longer repetition": ["ab".repeat(20), "ab".repeat(300)],
  "a shorter repetition": ["ab".repeat(300), "ab".repeat(20)],
  "zeroes": ["\0".repeat(100), "\0".repeat(65)],
};

for (const [name, [source, target]] of Object.entries(EDGES)) {
  Deno.test(`fossilDelta makes ${name}`, () => {
    assertRoundTrip(bytes(source), bytes(target));
    assertRoundTrip(bytes(target), bytes(source));
  });
}

Deno.test("fossilDelta writes what the published format says", () => {
  assertEquals(deltaText("", ""), "0\n0;");
  assertEquals(deltaText("", "abcd"), "4\n4:abcd1XObD_;");
  const words = deltaText("A sentence with 1 word.", "A sentence with 2 words.");
  assertEquals(words, "O\nG@0,8:2 words.Wxpl7;");
  const sixty = LETTERS + LETTERS.slice(0, 28);
  assertEquals(deltaText(sixty, `${sixty}!`), `11\n10@0,1:!${trailer(`${sixty}!`)}`);
});

/** The checksum by the book: words of four bytes, big end first, added modulo 2 ** 32. */
function trailer(target: string): string {
  const padded = new Uint8Array(Math.ceil(bytes(target).length / 4) * 4);
  padded.set(bytes(target));
  const words = new DataView(padded.buffer);
  let sum = 0n;
  for (let at = 0; at < padded.length; at += 4) sum += BigInt(words.getUint32(at));
  return `${fossilNumber(BigInt.asUintN(32, sum))};`;
}

function fossilNumber(value: bigint): string {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
  const last = digits[Number(value % 64n)] ?? "";
  return value < 64n ? last : fossilNumber(value / 64n) + last;
}

for (const target of ["a", "ab", "abc", "abcd", "abcde", "ž~".repeat(700)]) {
  Deno.test(`fossilDelta ends with the checksum of ${bytes(target).length} bytes`, () => {
    const delta = deltaText("", target);
    assert(delta.endsWith(target + trailer(target)), delta);
  });
}

Deno.test("fossilDelta has a checksum that tells the client of another source", () => {
  const delta = fossilDelta(bytes(quotes(32)), bytes(quotes(32, { 9: 142.25 })));
  const other = bytes(quotes(32, { 20: 143.75 }));
  assertThrows(() => decodedBytes(other, delta), Error, "bad checksum");
});

Deno.test("fossilDelta takes a view into a larger buffer for its own bytes", () => {
  const around = bytes(`##${LETTERS}##`);
  assertRoundTrip(around.subarray(2, -2), around.subarray(3, -1));
});

Deno.test("fossilDelta gives any changed bytes back", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    for (let pair = 0; pair < PAIRS_PER_SEED; pair += 1) {
      const values = pick(random, [2, 4, 40, 256]);
      const source = randomBytes(random, { length: integer(random, 300), values });
      const target = mutatedOften(random, source);
      assertRoundTrip(source, target, `seed ${seed}, pair ${pair}`);
    }
  }
});

Deno.test("fossilDelta is at most 15 bytes longer than the target", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    for (const values of [2, 3, 5, 256]) {
      const source = randomBytes(random, { length: integer(random, 2_000), values });
      const target = randomBytes(random, { length: integer(random, 5_000), values });
      const delta = assertRoundTrip(source, target, `seed ${seed}`);
      assert(delta.length <= target.length + 15, `seed ${seed}: ${delta.length} bytes`);
    }
  }
});

Deno.test("fossilDelta of UTF-8 survives as a string, whatever part of a letter has changed", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    for (let pair = 0; pair < PAIRS_PER_SEED / 4; pair += 1) {
      const records = randomRecords(random, 1 + integer(random, 8));
      const source = JSON.stringify(records);
      const target = JSON.stringify(changedRecords(random, records));
      const message = `seed ${seed}, pair ${pair}`;
      assertEquals(decodedJson(source, deltaText(source, target)), target, message);
    }
  }
});

for (
  const [from, to] of [["ž", "š"], ["ž", "ľ"], ["日", "旦"], ["日", "嗥"], ["👦", "👧"], ["é", "e"]]
) {
  Deno.test(`fossilDelta keeps letters whole where ${from} becomes ${to}`, () => {
    const source = JSON.stringify({ before: LETTERS, letter: from, after: LETTERS });
    const target = JSON.stringify({ before: LETTERS, letter: to, after: LETTERS });
    const delta = deltaText(source, target);
    assertEquals(decodedJson(source, delta), target);
    assert(bytes(delta).length < 40, delta);
  });
}

Deno.test("fossilDelta of a small change in 2 KiB of JSON is below 100 bytes", () => {
  const source = quotes(32);
  assert(source.length > 1_900 && source.length < 2_200, `${source.length} bytes`);
  assert(deltaText(source, quotes(32, { 13: 1.5 })).length < 40);
  assert(deltaText(source, quotes(32, { 3: 99.125, 13: 1.5, 27: 7 })).length < 100);
  assert(deltaText(source, quotes(31)).length < 100);
  assert(deltaText(source, source).length < 20);
});

Deno.test("fossilDelta finds what is shorter than two blocks around replaced values", () => {
  const source = `{"device":"boiler-4","id":"${LETTERS}","temperature":61.25,"pascal":1.013}`;
  const one = deltaText(source, source.replace("61.25", "9.5"));
  assert(one.length < 26, one);
  const changed = source.replace("r-4", "r-12").replace("61.25", "71.25").replace("1.013", "1");
  const three = deltaText(source, changed);
  assert(three.length < 36, three);
});

Deno.test("fossilDelta finds what has moved by any number of bytes", () => {
  const source = randomBytes(seededRandom(1), { length: 4_096, values: 256 });
  for (let moved = 1; moved < 40; moved += 1) {
    const delta = assertRoundTrip(source, source.subarray(moved, moved + 3_000));
    assert(delta.length < 30, `${delta.length} bytes after ${moved}`);
  }
});

const HOSTILE: Record<string, readonly [string, string]> = {
  "much that is too short to copy": ["aaaaaaaaab".repeat(104_858), "aaaaaaaaac".repeat(104_858)],
  "one letter": ["a".repeat(1_048_576), "a".repeat(1_048_575) + "b"],
  "one letter in the target, almost the same source": [
    ("a".repeat(31) + "b").repeat(8_192),
    "a".repeat(262_144),
  ],
  "the same hash everywhere": [
    "bacdefghijklmnpo".repeat(16_384),
    "abdcefghijklmnop".repeat(16_384),
  ],
  "blocks that differ in the last byte": [
    ("a".repeat(63) + "b").repeat(4_096),
    ("a".repeat(63) + "c").repeat(4_096),
  ],
};

for (const [name, [source, target]] of Object.entries(HOSTILE)) {
  Deno.test(`fossilDelta takes linear time for ${name}`, () => {
    // It takes some 100 ms, and half a minute where the blocks compared have no bound.
    const started = performance.now();
    assertRoundTrip(bytes(source), bytes(target));
    assert(performance.now() - started < 5_000);
  });
}
