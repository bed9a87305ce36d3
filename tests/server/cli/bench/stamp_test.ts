import { assertEquals, assertMatch } from "@std/assert";
import { MIN_SIZE_BYTES, PROBE, Stamper } from "../../../../server/cli/bench/stamp.ts";

const STAMP = { publisher: 999, sequence: 1_000_000_000, atMs: 86_400_000.123 };

for (const size of [MIN_SIZE_BYTES, 128, 65_536]) {
  Deno.test(`Stamper writes ${size} letters and digits and reads its stamp in them`, () => {
    const stamper = new Stamper(7, size);
    const payload = stamper.write(STAMP);
    assertEquals(payload.length, size);
    assertMatch(payload, /^[0-9a-z]+$/);
    assertEquals(stamper.read(payload), STAMP);
  });
}

Deno.test("Stamper reads no stamp of another run, and none in anything else", () => {
  const stamper = new Stamper(2 ** 32 - 1, MIN_SIZE_BYTES);
  const own = stamper.write(STAMP);
  const others = [new Stamper(1, MIN_SIZE_BYTES).write(STAMP), "", own.slice(1), own.slice(0, -1)];
  for (const payload of [...others, own.slice(0, 8) + "-".repeat(16)]) {
    assertEquals(stamper.read(payload), undefined, payload);
  }
});

Deno.test("Stamper writes probes, which name no publisher that there may be", () => {
  const stamper = new Stamper(3, MIN_SIZE_BYTES);
  const probe = stamper.read(stamper.write({ publisher: PROBE, sequence: 0, atMs: 0 }));
  assertEquals(probe?.publisher, 1_295);
});
