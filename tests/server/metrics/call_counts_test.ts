import { assertEquals } from "@std/assert";
import { CallCounts } from "../../../server/metrics/mod.ts";

Deno.test("CallCounts counts calls and errors of each method", () => {
  const counts = new CallCounts(["publish", "subscribe"]);
  for (const method of ["publish", "publish", "__proto__", "frobnicate"]) counts.called(method);
  for (const code of [103, 103, 111]) counts.failed("publish", code);
  counts.failed("frobnicate", 104);
  assertEquals(counts.calls(), [["publish", 2], ["subscribe", 0], ["unknown", 2]]);
  assertEquals(counts.errors(), [["publish", 103, 2], ["publish", 111, 1], ["unknown", 104, 1]]);
});
