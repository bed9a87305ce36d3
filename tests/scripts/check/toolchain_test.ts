import { assertEquals } from "@std/assert";
import { formatFindings, lintFindings, typeFindings } from "../../../scripts/check/toolchain.ts";

Deno.test("formatFindings gives each file once, at its first difference", () => {
  const output = `
from /repo/server/a.ts:
 11 | -a
 11 | +b

from /repo/main.ts:
  | \\ No newline at end of file
 1 | +c

error: Found 2 not formatted files in 9 files
`;
  assertEquals(formatFindings(output).map(({ path, line }) => [path, line]), [
    ["/repo/server/a.ts", 11],
    ["/repo/main.ts", 1],
  ]);
});

Deno.test("lintFindings reads diagnostics and files that do not parse", () => {
  const start = { line: 3, col: 1 };
  const output = JSON.stringify({
    diagnostics: [{ filename: "file:///r/a.ts", range: { start }, message: "m", code: "eqeqeq" }],
    errors: [{ file_path: "/r/b.ts", message: "Unexpected token" }],
  });
  assertEquals(lintFindings(output), [
    { path: "file:///r/a.ts", line: 3, rule: "lint/eqeqeq", sentence: "m" },
    { path: "/r/b.ts", line: 1, rule: "lint", sentence: "Unexpected token" },
  ]);
  assertEquals(lintFindings("error: no files"), []);
});

Deno.test("typeFindings gives the place of an error, not of what it refers to", () => {
  const output = `Check main.ts
TS2322 [ERROR]: Type 'number' is not assignable to type 'string'.
const s: string = 1;
      ^
    at file:///r/a.ts:3:7

    The expected type comes from here.
        at file:///r/b.ts:9:1

TS2307 [ERROR]: Cannot find module 'x'.
    at file:///r/c.ts:1:2

Found 2 errors.
`;
  assertEquals(typeFindings(output), [
    {
      path: "file:///r/a.ts",
      line: 3,
      rule: "types/TS2322",
      sentence: "Type 'number' is not assignable to type 'string'.",
    },
    {
      path: "file:///r/c.ts",
      line: 1,
      rule: "types/TS2307",
      sentence: "Cannot find module 'x'.",
    },
  ]);
});
