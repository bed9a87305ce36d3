import { assertEquals } from "@std/assert";
import { size } from "../../../scripts/check/size.ts";
import { sentences } from "./sentences.ts";

function lines(count: number, line = "f();"): string {
  return `${line}\n`.repeat(count);
}

Deno.test("size accepts a file of 250 lines and refuses one of 251", () => {
  assertEquals(sentences(size, "server/a.ts", lines(250)), []);
  assertEquals(sentences(size, "server/a.ts", lines(251)), [
    "1: the file has 251 lines, 250 are allowed",
  ]);
});

Deno.test("size accepts a function of 40 lines and refuses one of 41", () => {
  assertEquals(sentences(size, "a.ts", `function f() {\n${lines(38)}}\n`), []);
  assertEquals(sentences(size, "a.ts", `\nfunction f() {\n${lines(39)}}\n`), [
    "2: f has 41 lines, 40 are allowed",
  ]);
});

Deno.test("size names methods, constructors, arrow functions and functions without a name", () => {
  const body = `{\n${lines(39)}}`;
  const text =
    `class A { constructor() ${body}\nb() ${body}\n}\nconst c = () => ${body};\ng(() => ${body});`;
  assertEquals(sentences(size, "a.ts", text), [
    "1: the constructor has 41 lines, 40 are allowed",
    "42: b has 41 lines, 40 are allowed",
    "84: c has 41 lines, 40 are allowed",
    "125: an unnamed function has 41 lines, 40 are allowed",
  ]);
});

Deno.test("size does not count the comment above a function", () => {
  assertEquals(sentences(size, "a.ts", `/**\n${lines(50)}*/\nfunction f() {}\n`), []);
});

Deno.test("size counts the tests of a contract suite one by one", () => {
  const test = `Deno.test("t", () => {\n${lines(30)}});\n`;
  const step = `await t.step({ name: "s", fn() {\n${lines(30)}} });\n`;
  const field = `Deno.test({ name: "s", fn: () => {\n${lines(30)}} });\n`;
  for (const part of [test, step, field]) {
    const suite = `function suite() {\n${part}${part}}\n`;
    assertEquals(sentences(size, "tests/a.ts", suite), [], part);
  }
  const long = `function suite() {\nDeno.test("t", () => {\n${lines(40)}});\n}\n`;
  assertEquals(sentences(size, "tests/a.ts", long), [
    "2: an unnamed function has 42 lines, 40 are allowed",
  ]);
});
