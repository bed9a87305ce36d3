import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Allowances, BURST_S } from "../../../server/limits/mod.ts";
import { integer, pick, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";

const NONE = { messageRateLimit: 0, byteRateLimit: 0 };

/** Allowances at a clock that stands still until it is set. */
class Scales {
  bounds = NONE;
  nowMs = 0;
  readonly allowances = new Allowances(() => this.bounds, () => this.nowMs);

  constructor(bounds: Partial<typeof NONE>) {
    this.bounds = { ...NONE, ...bounds };
  }

  /** How many of so many messages may come at this moment. */
  passing(client: object, count: number, bytes = 1): number {
    const early = Array.from({ length: count }, () => this.allowances.earlyMs(client, bytes));
    return early.filter((ms) => ms === 0).length;
  }
}

Deno.test("Allowances lets so many messages come at once, and then so many in a second", () => {
  const scales = new Scales({ messageRateLimit: 10 });
  assertEquals(scales.passing({}, 100), 10 * BURST_S);
  const client = {};
  assertEquals(scales.passing(client, 10 * BURST_S), 10 * BURST_S);
  for (let second = 1; second <= 5; second++) {
    scales.nowMs = second * 1_000;
    assertEquals(scales.passing(client, 10), 10);
  }
});

Deno.test("Allowances lets so many bytes come, whatever they are divided into", () => {
  for (const bytes of [1, 7, 100, 1_000]) {
    const scales = new Scales({ byteRateLimit: 1_000 });
    assertEquals(scales.passing({}, 5_000, bytes), Math.floor(1_000 * BURST_S / bytes));
  }
});

Deno.test("Allowances lets one message through that is larger than all that may come", () => {
  const scales = new Scales({ byteRateLimit: 10 });
  const client = {};
  assertEquals(scales.passing(client, 2, 65_536), 1);
  scales.nowMs = 60_000;
  assertEquals(scales.passing(client, 1), 0);
});

Deno.test("Allowances tells who goes on regardless that it gets further from the limit", () => {
  const scales = new Scales({ messageRateLimit: 1 });
  const client = {};
  scales.passing(client, BURST_S);
  for (let count = 1; count <= 20; count++) {
    assertAlmostEquals(scales.allowances.earlyMs(client, 1), count * 1_000);
  }
});

Deno.test("Allowances keeps nothing without limits, nor of who has gone", () => {
  const scales = new Scales({});
  const client = {};
  assertEquals([scales.passing(client, 1_000, 1e9), scales.allowances.size], [1_000, 0]);
  scales.bounds = { messageRateLimit: 1, byteRateLimit: 0 };
  assertEquals([scales.passing(client, 9), scales.allowances.size], [BURST_S, 1]);
  scales.bounds = NONE;
  assertEquals(scales.passing(client, 9), 9);
  scales.allowances.forget(client);
  scales.allowances.forget(client);
  assertEquals(scales.allowances.size, 0);
});

Deno.test("Allowances never holds back a client that keeps to its rate, whatever stalls there are", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    const rate = pick(random, [1, 5, 100]);
    const scales = new Scales({ messageRateLimit: rate, byteRateLimit: rate * 50 });
    const client = {};
    let sent = 0;
    while (scales.nowMs < 60_000) {
      // Read late, by up to what the burst forgives but for the message that is due next.
      scales.nowMs += integer(random, (BURST_S - 1) * 1_000) + 1;
      const due = Math.floor(scales.nowMs * rate / 1_000) - sent;
      assertEquals(scales.passing(client, due, 50), due, `seed ${seed} at ${scales.nowMs} ms`);
      sent += due;
    }
    assert(sent >= 59 * rate);
  }
});
