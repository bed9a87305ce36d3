import { assertEquals, assertStringIncludes } from "@std/assert";
import { capture, type Captured } from "../../scripts/subprocess.ts";

function compile(...args: string[]): Promise<Captured> {
  return capture([Deno.execPath(), "task", "compile", ...args]);
}

Deno.test("compile.ts builds nothing when nothing has changed", async () => {
  assertEquals((await compile()).code, 0);
  const { code, stdout } = await compile();
  assertEquals(code, 0);
  assertStringIncludes(stdout, "nothing has changed since the last build");
});

Deno.test("compile.ts refuses an option it does not know", async () => {
  const { code, stderr } = await compile("--outptu", "x");
  assertEquals(code, 1);
  assertStringIncludes(stderr, `current value is "--outptu"`);
});
