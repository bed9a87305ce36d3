/** The README names tests as proof: they must be there. */
import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../helpers/midgard.ts";

const README = Deno.readTextFileSync(`${ROOT}README.md`);

/** The files of tests that a text names, between backquotes. */
function testsIn(text: string): string[] {
  return [...text.matchAll(/`(tests\/[^`]*_test\.ts)`/g)].map(([, path = ""]) => path);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(`${ROOT}${path}`).isFile;
  } catch {
    return false;
  }
}

Deno.test("README names no test that is not there", () => {
  const named = testsIn(README);
  assert(named.length > 20);
  assertEquals(named.filter((path) => !exists(path)), []);
});

Deno.test("README names for each threat a test, or says that there is none", () => {
  const [, table = ""] = /<!-- threats:start -->\n([^]*?)<!-- threats:end -->/.exec(README) ?? [];
  const rows = table.trim().split("\n").slice(2);
  assert(rows.length >= 10, `${rows.length} threats`);
  for (const row of rows) {
    const [, threat = "", , proof = ""] = row.split(/(?<!\\)\|/);
    const isProven = testsIn(proof).length > 0 || proof.includes("none");
    assert(isProven, `no test for${threat}`);
  }
});
