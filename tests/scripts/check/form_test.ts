import { assertEquals } from "@std/assert";
import { form } from "../../../scripts/check/form.ts";
import { sentences } from "./sentences.ts";

Deno.test("form refuses an enum and a namespace", () => {
  assertEquals(sentences(form, "tests/a.ts", "enum A {}\nnamespace B {}\nconst enum C {}"), [
    "1: an enum is code: use a union of literals",
    "2: a namespace hides what a module shows: use a file",
    "3: an enum is code: use a union of literals",
  ]);
});

Deno.test("form lets a file add types to a module or to the globals", () => {
  const text = `declare module "x" { export const y: number; }\ndeclare global { var z: number; }`;
  assertEquals(sentences(form, "scripts/a.d.ts", text), []);
});

Deno.test("form refuses every kind of default export", () => {
  const text = `export default 1;\nexport default function f() {}\nexport { a as default };\n`;
  assertEquals(
    sentences(form, "server/a.ts", text),
    [1, 2, 3].map((line) => `${line}: a default export has no name of its own: export by name`),
  );
  assertEquals(sentences(form, "server/a.ts", `export { a };\nswitch (a) { default: }`), []);
});

Deno.test("form lets a mod.ts do nothing but re-export", () => {
  const good =
    `/** The hub. @module */\nexport * from "./hub.ts";\nexport type { A } from "./a.ts";\n`;
  assertEquals(sentences(form, "server/hub/mod.ts", good), []);
  const bad = `import { a } from "./a.ts";\nexport const b = a;\nexport { a };\n`;
  assertEquals(
    sentences(form, "server/hub/mod.ts", bad),
    [1, 2, 3].map((line) => `${line}: a mod.ts only re-exports`),
  );
  assertEquals(sentences(form, "server/hub/hub.ts", bad), []);
});
