import { assertEquals, assertThrows } from "@std/assert";
import { runFlags } from "../../../scripts/compile/run_flags.ts";

Deno.test("runFlags gives what stands between deno run and the script", () => {
  assertEquals(
    runFlags("deno run --no-prompt --allow-env=A_*,B main.ts serve", "main.ts"),
    ["--no-prompt", "--allow-env=A_*,B"],
  );
  assertEquals(runFlags("deno run main.ts --not-a-flag", "main.ts"), []);
});

Deno.test("runFlags refuses a command of another form", () => {
  for (
    const command of ["deno run other.ts", "deno task x main.ts", "deno run -c deno.json main.ts"]
  ) {
    assertThrows(() => runFlags(command, "main.ts"), TypeError, `current value is "${command}"`);
  }
});
