import { assertEquals } from "@std/assert";
import { withLazyRequire } from "../../../scripts/compile/lazy_require.ts";

/** As the bundler writes it, and as it does when it minifies. */
const EAGER = [
  ['import { createRequire as __a } from "node:module";\nvar __b = __a(import.meta.url);', "__b"],
  ['import{createRequire as __a} from "node:module";var m=__a(import.meta.url);', "m"],
] as const;

Deno.test("withLazyRequire lets a bundle load what loads Node's modules when it is needed", () => {
  for (const [eager, name] of EAGER) {
    const lazy = `var ${name} = (id) => process.getBuiltinModule(id);`;
    assertEquals(withLazyRequire(`f();${eager}g();`), `f();${lazy}g();`);
  }
});

Deno.test("withLazyRequire leaves every other script as it is", () => {
  const script =
    'import { createRequire } from "node:module";\nconst require = createRequire("x");\n';
  assertEquals(withLazyRequire(script), script);
});
