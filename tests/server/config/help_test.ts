import { assert, assertEquals } from "@std/assert";
import { helpText, OPTIONS, optionsTable } from "../../../server/config/mod.ts";
import type { Option } from "../../../server/config/options.ts";
import { defaultText } from "../../../server/config/setting.ts";

const ROWS = Object.values<Option<unknown>>(OPTIONS);
const README = new URL("../../../README.md", import.meta.url);

/** What stands between the markers of the README; undefined where there are none. */
async function tableOfReadme(): Promise<string | undefined> {
  const readme = await Deno.readTextFile(README).catch(() => "");
  return /<!-- options:start -->\n([^]*?)<!-- options:end -->/.exec(readme)?.[1];
}

for (const option of ROWS) {
  Deno.test(`helpText explains --${option.flag}`, () => {
    const flag = `  --${option.flag} ${option.type.placeholder}`.trimEnd();
    const lines = helpText("").split("\n");
    const at = lines.findIndex((line) => line.startsWith(`${flag} `) || line === flag);
    assert(at >= 0, `"${flag}" begins no line`);
    assert(lines[at]?.endsWith(option.help), lines[at]);
    assert(lines[at + 1]?.includes(option.env), lines[at + 1]);
    assert(lines[at + 1]?.includes(defaultText(option)), lines[at + 1]);
  });
}

Deno.test("helpText names every flag of its examples in its table", () => {
  const flags = new Set(ROWS.map(({ flag }) => `--${flag}`));
  const others = ["--help", "--version"];
  for (const [named] of helpText("").matchAll(/--[a-z-]+/g)) {
    assert(flags.has(named) || others.includes(named), `${named} is no option`);
  }
});

Deno.test("helpText fits on a terminal of 120 columns and ends with a newline", () => {
  for (const line of helpText("").split("\n")) assert(line.length <= 120, line);
  assert(helpText("").endsWith("\n"));
});

Deno.test("optionsTable has one row of five columns for each option", () => {
  const lines = optionsTable().trimEnd().split("\n");
  assertEquals(lines.length, ROWS.length + 2);
  for (const [index, { flag, env, key, help }] of ROWS.entries()) {
    const cells = lines[index + 2]?.split(" | ");
    assertEquals(cells?.length, 5, lines[index + 2]);
    const found = [cells?.[0], cells?.[1], cells?.[2], cells?.[4]];
    for (const [at, part] of [`--${flag}`, env, key ?? "–", help].entries()) {
      assert(found[at]?.includes(part), `${part} is not in ${found[at]}`);
    }
  }
});

const table = await tableOfReadme();

Deno.test({
  name: "optionsTable is the README's table (skipped as long as the README has no markers for it)",
  ignore: table === undefined,
  fn: () => {
    const advice = "put this between the markers in README.md:\n" + optionsTable();
    assertEquals(table?.trim(), optionsTable().trim(), advice);
  },
});
