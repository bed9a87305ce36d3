import { assertEquals } from "@std/assert";
import { busyText } from "../../../scripts/bench/deliveries.ts";

function text(...shares: readonly (readonly [server: number, generator: number])[]): string {
  return busyText(shares.map(([serverShare, generatorShare]) => ({
    perSecond: 1,
    serverShare,
    generatorShare,
  })));
}

Deno.test("busyText says nothing against a server that fills its core", () => {
  assertEquals(text([0.98, 0.95]), "server 98 %, generator 95 % of a core");
});

Deno.test("busyText says when the generator was the bottleneck in a round", () => {
  assertEquals(
    text([0.8, 0.5], [0.85, 0.95], [0.84, 0.6]),
    "server 84 %, generator 95 % of a core: THE GENERATOR WAS THE BOTTLENECK",
  );
});

Deno.test("busyText says when neither was busy", () => {
  assertEquals(text([0.5, 0.4]), "server 50 %, generator 40 % of a core: THE SERVER WAS IDLE");
});
