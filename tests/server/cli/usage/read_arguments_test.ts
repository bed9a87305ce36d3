import { assertEquals } from "@std/assert";
import { usageOf } from "../../../../server/cli/usage/command_table.ts";
import { readArguments } from "../../../../server/cli/usage/read_arguments.ts";

function problemsOf(...args: string[]): readonly string[] {
  const read = readArguments(usageOf("sub"), args);
  return read.kind === "refused" ? read.problems : [read.kind];
}

Deno.test("readArguments reads words, flags and switches in any order", () => {
  const read = readArguments(usageOf("sub"), ["--json", "--count=3", "lobby", "--since", "a:1"]);
  assertEquals(read, {
    ...{ kind: "arguments", words: ["lobby"], switches: new Set(["json"]) },
    flags: new Map([["count", "3"], ["since", "a:1"]]),
  });
});

Deno.test("readArguments takes what stands behind -- for words", () => {
  const read = readArguments(usageOf("pub"), ["lobby", "--", "--help"]);
  assertEquals(read.kind === "arguments" && read.words, ["lobby", "--help"]);
});

Deno.test("readArguments says each mistake once, with what was meant", () => {
  assertEquals(problemsOf("lobby", "--histroy", "3"), [
    'as "--histroy" is no option of it: did you mean --history',
  ]);
  assertEquals(problemsOf("--jsn", "lobby"), [
    'as "--jsn" is no option of it: did you mean --json',
  ]);
  assertEquals(problemsOf("lobby", "-x"), [
    'as "-x" is no option of it: see midgard sub --help',
  ]);
  assertEquals(problemsOf("lobby", "there"), [
    'as "there" is no option of it: see midgard sub --help',
  ]);
  assertEquals(problemsOf("lobby", "--since", "--json"), ['as "--since" must have a value']);
  assertEquals(problemsOf("lobby", "--count"), ['as "--count" must have a value']);
  assertEquals(problemsOf("lobby", "--json=yes"), [
    'as "--json" takes no value: current value is "yes"',
  ]);
});

Deno.test("readArguments takes --help before all mistakes", () => {
  for (const flag of ["--help", "-h"]) assertEquals(problemsOf("--frobnicate", flag), ["help"]);
});
