import { assert, assertEquals } from "@std/assert";
import { canRetry, closeMeaning, retryDelayMs } from "../../../server/console/connection.js";
import { DISCONNECTS } from "../../../server/errors.ts";

Deno.test("retryDelayMs doubles its bound up to five seconds", () => {
  const bounds = [0, 1, 2, 3, 4, 5, 6, 100, 2_000].map((attempt) => retryDelayMs(attempt, () => 1));
  assertEquals(bounds, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000]);
});

Deno.test("retryDelayMs spreads over the whole of its bound", () => {
  assertEquals(retryDelayMs(3, () => 0), 0);
  assertEquals(retryDelayMs(3, () => 0.5), 1_000);
  const delays = Array.from({ length: 50 }, () => retryDelayMs(3));
  assert(delays.every((delay) => delay >= 0 && delay < 2_000));
  assert(new Set(delays).size > 1);
});

Deno.test("closeMeaning explains every way in which the server closes", () => {
  for (const { code, reason } of Object.values(DISCONNECTS)) {
    assert(closeMeaning({ code, reason }).endsWith("."), `${code}`);
  }
});

Deno.test("closeMeaning tells a stop from another going away", () => {
  const { code, reason } = DISCONNECTS.stopping;
  assert(closeMeaning({ code, reason }).includes("stopping"));
  assert(!closeMeaning({ code, reason: "" }).includes("stopping"));
});

Deno.test("closeMeaning says nothing of a code that it does not know", () => {
  assertEquals(closeMeaning({ code: 4_242, reason: "" }), "");
});

Deno.test("canRetry is false only for who is not allowed", () => {
  assertEquals([1000, 1001, 1006, 1009, 1011, 1013].map(canRetry), new Array(6).fill(true));
  assertEquals([3001, 3005, 3012, 4000, 4499, 5000].map(canRetry), new Array(6).fill(true));
  assertEquals([1008, 3500, 3999, 4500, 4999].map(canRetry), new Array(5).fill(false));
});
