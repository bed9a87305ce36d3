import { assert, assertEquals, assertMatch } from "@std/assert";
import { EVENTS, eventsTable } from "../../server/log.ts";
import { listFiles } from "../../scripts/files.ts";

/** `log.warning("given_up"`, as it stands in the server's files. */
const CALL = /\b(?:#?log|logger)\.(debug|info|warning|error)\(\s*"(\w+)"/g;

/** Where each event is written, and at which level. */
async function written(): Promise<(readonly [event: string, level: string])[]> {
  const paths = (await listFiles(["server"])).filter((path) => path.endsWith(".ts"));
  const texts = await Promise.all(paths.map((path) => Deno.readTextFile(path)));
  return texts.flatMap((text) =>
    [...text.matchAll(CALL)].map(([, level = "", event = ""]) => [event, level] as const)
  );
}

/** Told by `Counts`, which is given the name. */
const COUNTED = Object.entries(EVENTS).filter(([, { level }]) => level === "debug");

Deno.test("EVENTS has the level at which each event is written", async () => {
  for (const [event, level] of await written()) {
    assertEquals(level, EVENTS[event as keyof typeof EVENTS].level, event);
  }
});

Deno.test("EVENTS has no event that nobody writes", async () => {
  // The logger's own is written with `this`.
  const used = new Set((await written()).map(([event]) => event)).add("log_level");
  const counts = await Deno.readTextFile("server/metrics/counts.ts");
  for (const [event] of COUNTED) {
    assert(counts.includes(`#tell("${event}"`), event);
    used.add(event);
  }
  assertEquals([...used].sort(), Object.keys(EVENTS).sort());
});

Deno.test("EVENTS names events in snake_case and explains each in a line", () => {
  for (const [event, { help }] of Object.entries(EVENTS)) {
    assertMatch(event, /^[a-z]+(_[a-z]+)*$/);
    assertMatch(help, /^[^\n|]{8,110}[^.\n|]$/, event);
  }
});

Deno.test("eventsTable is the README's table", async () => {
  const readme = await Deno.readTextFile("README.md");
  const table = /<!-- events:start -->\n([^]*?)<!-- events:end -->/.exec(readme)?.[1];
  assertEquals(
    table,
    eventsTable(),
    `put this between the markers in README.md:\n${eventsTable()}`,
  );
});
