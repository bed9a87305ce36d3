import { assert, assertEquals } from "@std/assert";
import { CLIENT_SETTINGS, OPTIONS } from "../../server/config/mod.ts";
import type { Setting } from "../../server/config/mod.ts";
import { LIMITS, limitsTable } from "../../server/limits_table.ts";

/** Keys of the configuration that sound like limits. */
const NAMED = Object.values<Setting<unknown>>({ ...OPTIONS, ...CLIENT_SETTINGS })
  .filter(({ key }) => /limit|max_size/.test(key ?? "")).map(({ key }) => key);

Deno.test("LIMITS has every limit of the configuration", () => {
  assert(NAMED.length >= 9, "too few to prove anything");
  assertEquals(LIMITS.map(([{ key }]) => key).toSorted(), NAMED.toSorted());
});

Deno.test("limitsTable is the README's table", async () => {
  const readme = await Deno.readTextFile("README.md");
  const table = /<!-- limits:start -->\n([^]*?)<!-- limits:end -->/.exec(readme)?.[1];
  const advice = `put this between the markers in README.md:\n${limitsTable()}`;
  assertEquals(table, limitsTable(), advice);
});
