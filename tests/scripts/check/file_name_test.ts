import { assertEquals } from "@std/assert";
import { fileName } from "../../../scripts/check/file_name.ts";
import { sentences } from "./sentences.ts";

Deno.test("fileName refuses drawers", () => {
  for (const stem of ["types", "utils", "helpers", "constants"]) {
    assertEquals(sentences(fileName, `server/hub/${stem}.ts`, ""), [
      `1: a file named ${stem} collects what has no place: name it after its one subject`,
    ]);
  }
});

Deno.test("fileName wants snake_case, also of tests and declarations", () => {
  for (const path of ["main.ts", "a/fan_out.ts", "a/fan_out_test.ts", "a/std_http.d.ts"]) {
    assertEquals(sentences(fileName, path, ""), []);
  }
  for (const path of ["a/FanOut.ts", "a/fan-out.ts", "a/fanOut.js"]) {
    assertEquals(sentences(fileName, path, ""), ["1: a file name is snake_case"]);
  }
});
