import { assertEquals } from "@std/assert";
import { escape } from "../../../scripts/check/escape.ts";
import { sentences } from "./sentences.ts";

Deno.test("escape refuses any wherever it stands as a type", () => {
  const text = `let a: any;\nconst b = a as any;\ntype C = Map<string, any[]>;\nconst any = 1;\n`;
  assertEquals(sentences(escape, "lifecycle/a.ts", text), [
    "1: any switches the types off: use unknown",
    "2: any switches the types off: use unknown",
    "3: any switches the types off: use unknown",
  ]);
});

Deno.test("escape refuses comments that silence the compiler or the linter", () => {
  const text = [
    "// @ts-ignore: reason",
    "/* @ts-expect-error */",
    "a(); // deno-lint-ignore no-console",
    "// deno-lint-ignore-file",
    "// this is not like @ts-ignore",
  ].join("\n");
  assertEquals(sentences(escape, "server/a.ts", text), [
    "1: @ts-ignore hides what should be mended",
    "2: @ts-expect-error hides what should be mended",
    "3: deno-lint-ignore hides what should be mended",
    "4: deno-lint-ignore-file hides what should be mended",
  ]);
});

Deno.test("escape leaves tests and scripts alone", () => {
  assertEquals(sentences(escape, "tests/a_test.ts", "// @ts-expect-error wrong\nlet a: any;"), []);
});
