import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMAND_TABLE, commandLines, commandsTable } from "../../../../server/cli/mod.ts";
import { styleOf } from "../../../../server/cli/style.ts";
import { unknownCommand } from "../../../../server/cli/usage/command_table.ts";
import { commandHelp } from "../../../../server/cli/usage/help_text.ts";
import { OPTIONS } from "../../../../server/config/mod.ts";

const README = await Deno.readTextFile(new URL("../../../../README.md", import.meta.url));
const SERVE = Object.values(OPTIONS).map(({ flag }) => flag);

for (const usage of COMMAND_TABLE) {
  const help = commandHelp(usage, styleOf(false));

  Deno.test(`midgard ${usage.name} --help tells options, examples and exit codes`, () => {
    for (const { flag } of usage.flags) assertStringIncludes(help, `\n  --${flag} `);
    for (const example of usage.examples) assertStringIncludes(help, `\n  ${example}\n`);
    for (const [code] of usage.exitCodes) assertStringIncludes(help, `\n  ${code} `);
    for (const line of help.split("\n")) assert(line.length <= 100, line);
    assert(!help.includes("\x1b") && help.endsWith("\n"));
  });

  Deno.test(`midgard ${usage.name} --help names no flag that there is none of`, () => {
    const known = [...usage.flags.map(({ flag }) => flag), "help"];
    const all = COMMAND_TABLE.flatMap(({ flags }) => flags.map(({ flag }) => flag));
    for (const [, flag = ""] of help.matchAll(/(?<![\w-])--([a-z-]+)/g)) {
      const isKnown = known.includes(flag) || all.includes(flag) || SERVE.includes(flag as never);
      assert(isKnown, `--${flag}`);
    }
  });
}

Deno.test("commandHelp is bold where there are colours", () => {
  const [usage] = COMMAND_TABLE;
  assertStringIncludes(commandHelp(usage!, styleOf(true)), "\x1b[1mExamples:\x1b[22m");
});

Deno.test("unknownCommand says which one was meant", () => {
  for (const [word, meant] of [["statsu", "status"], ["sbu", "sub"], ["pubs", "pub"]] as const) {
    assertStringIncludes(unknownCommand(word), `did you mean midgard ${meant}`);
  }
  assertStringIncludes(unknownCommand("frobnicate"), "see midgard --help");
});

Deno.test("midgard --help has a line for every command", () => {
  const lines = commandLines().trimEnd().split("\n");
  assertEquals(lines.length, COMMAND_TABLE.length);
  for (const line of lines) assert(line.length <= 100, line);
});

Deno.test("commandsTable is the README's table", () => {
  const [, table] = /<!-- commands:start -->\n([^]*?)<!-- commands:end -->/.exec(README) ?? [];
  assertEquals(table, commandsTable(), "put commandsTable() between the markers in README.md");
});
