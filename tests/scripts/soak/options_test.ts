import { assertEquals, assertThrows } from "@std/assert";
import { type SoakOptions, soakOptions } from "../../../scripts/soak/options.ts";

Deno.test("soakOptions soaks for an hour, from source, unless told otherwise", () => {
  const defaults: SoakOptions = {
    durationMs: 3_600_000,
    mode: "source",
    isJson: false,
    serverArgs: [],
  };
  assertEquals(soakOptions([]), defaults);
  assertEquals(soakOptions(["--for", "5m"]), { ...defaults, durationMs: 300_000 });
  assertEquals(soakOptions(["--compiled", "--json"]), {
    ...defaults,
    ...{ mode: "compiled", isJson: true },
  });
  const args = ["--for=20s", "--", "--data", "memory"];
  assertEquals(soakOptions(args).serverArgs, ["--data", "memory"]);
});

for (const text of ["5", "m", "5 m", "-5m", "1d", "9s", "169h", "5m5s"]) {
  Deno.test(`soakOptions refuses ${JSON.stringify(text)} as a duration`, () => {
    assertThrows(() => soakOptions([`--for=${text}`]), RangeError, "from 10s to 168h");
  });
}

Deno.test("soakOptions refuses what it does not know", () => {
  for (const arg of ["--fro=5m", "5m", "-x"]) {
    assertThrows(() => soakOptions([arg]), TypeError, arg);
  }
});
