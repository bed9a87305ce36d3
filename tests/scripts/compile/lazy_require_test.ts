import { assertEquals } from "@std/assert";
import { withLazyRequire } from "../../../scripts/compile/lazy_require.ts";

const EAGER = `var a = 1;
import { createRequire as __internal } from "node:module";
var __require = __internal(import.meta.url);
var b = 2;
`;

Deno.test("withLazyRequire lets a bundle load what loads Node's modules when it is needed", () => {
  const lazy = "var __require = (id) => process.getBuiltinModule(id);";
  assertEquals(withLazyRequire(EAGER), `var a = 1;\n${lazy}\nvar b = 2;\n`);
});

Deno.test("withLazyRequire leaves every other script as it is", () => {
  const script =
    'import { createRequire } from "node:module";\nconst require = createRequire("x");\n';
  assertEquals(withLazyRequire(script), script);
});
