import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { TokenBucket } from "../../../server/limits/mod.ts";
import { integer, pick, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";

/** The textbook's bucket, which counts tokens: what the one under test has to agree with. */
class CountingBucket {
  #tokens: number;
  #atMs = 0;

  constructor(readonly rate: { readonly perSecond: number; readonly burst: number }) {
    this.#tokens = rate.burst;
  }

  /** Takes them if they are there. */
  take(tokens: number, nowMs: number): boolean {
    const { perSecond, burst } = this.rate;
    this.#tokens = Math.min(burst, this.#tokens + (nowMs - this.#atMs) * perSecond / 1_000);
    this.#atMs = nowMs;
    if (this.#tokens + 1e-6 < Math.min(tokens, burst)) return false;
    this.#tokens -= tokens;
    return true;
  }
}

Deno.test("TokenBucket agrees with one that counts tokens, in whatever rhythm they are asked for", () => {
  let taken = 0;
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    const rate = { perSecond: pick(random, [1, 10, 333, 65_536]), burst: 1 + integer(random, 500) };
    const [bucket, model] = [new TokenBucket(), new CountingBucket(rate)];
    let nowMs = 0;
    for (let round = 0; round < 400; round++) {
      nowMs += pick(random, [0, 0, 1, 7, 1_000]) * random();
      const tokens = pick(random, [1, 1, 0, integer(random, rate.burst * 2)]);
      const isTaken = model.take(tokens, nowMs);
      assertEquals(bucket.waitMs(tokens, rate, nowMs) === 0, isTaken, `seed ${seed}, ${round}`);
      if (isTaken) bucket.take(tokens, rate, nowMs);
      taken += isTaken ? 1 : 0;
    }
  }
  assert(taken > 2_000 && taken < 9_000, `${taken} taken: too many or too few to prove anything`);
});

Deno.test("TokenBucket says to the point how long to wait", () => {
  const rate = { perSecond: 10, burst: 2 };
  const bucket = new TokenBucket();
  for (const _ of "ab") {
    assertEquals(bucket.waitMs(1, rate, 0), 0);
    bucket.take(1, rate, 0);
  }
  const waitMs = bucket.waitMs(1, rate, 0);
  assertAlmostEquals(waitMs, 100);
  assert(bucket.waitMs(1, rate, waitMs - 0.001) > 0);
  assertEquals(bucket.waitMs(1, rate, waitMs), 0);
});

Deno.test("TokenBucket lets what is larger than itself through when it is full, and then owes it", () => {
  const rate = { perSecond: 100, burst: 10 };
  const bucket = new TokenBucket();
  assertEquals(bucket.waitMs(1_000, rate, 0), 0);
  bucket.take(1_000, rate, 0);
  assertAlmostEquals(bucket.waitMs(1, rate, 0), 9_910);
});

Deno.test("TokenBucket has no limit at a rate of 0, and keeps no account of it", () => {
  const bucket = new TokenBucket();
  const none = { perSecond: 0, burst: 1 };
  for (let count = 0; count < 1_000; count++) {
    assertEquals(bucket.waitMs(1_000_000, none, 0), 0);
    bucket.take(1_000_000, none, 0);
  }
  assertEquals(bucket.waitMs(1, { perSecond: 1, burst: 1 }, 0), 0);
});

Deno.test("TokenBucket goes on at another rate from the moment at which it would be full", () => {
  const bucket = new TokenBucket();
  bucket.take(10, { perSecond: 1, burst: 10 }, 0);
  assertAlmostEquals(bucket.waitMs(1, { perSecond: 10, burst: 10 }, 0), 9_100);
});
