import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { capture, type Captured } from "../../scripts/subprocess.ts";

/** The SHA-256 of an executable. */
async function hashOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

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

Deno.test("compile.ts builds the same executable twice", async () => {
  assertEquals((await compile()).code, 0);
  const folder = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await compile("--output", `${folder}/midgard`);
    assertEquals(code, 0, stderr);
    assert(!stdout.includes("nothing has changed"), "it was not built a second time");
    assertEquals(await hashOf(`${folder}/midgard`), await hashOf("midgard"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
