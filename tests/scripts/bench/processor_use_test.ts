import { assertEquals } from "@std/assert";
import { coresOf } from "../../../scripts/bench/processor_use.ts";

Deno.test("coresOf gives the server a core of its own", () => {
  assertEquals(coresOf(2, "linux"), { server: 0, crowd: 1, publisher: 1 });
  assertEquals(coresOf(8, "linux"), { server: 0, crowd: 1, publisher: 2 });
});

Deno.test("coresOf confines nothing where it cannot", () => {
  assertEquals([coresOf(1, "linux"), coresOf(8, "darwin")], [{}, {}]);
});
