import { assertEquals } from "@std/assert";
import { direction } from "../../../scripts/check/direction.ts";
import { sentences } from "./sentences.ts";

function importing(path: string, specifier: string): string[] {
  return sentences(direction, path, `import { x } from "${specifier}";\n`);
}

Deno.test("direction lets a room import every lower one through its mod.ts", () => {
  for (
    const [path, specifier] of [
      ["main.ts", "./server/mod.ts"],
      ["main.ts", "./server/cli/mod.ts"],
      ["main.ts", "./lifecycle/mod.ts"],
      ["server/server.ts", "./http/mod.ts"],
      ["server/mod.ts", "./server.ts"],
      ["server/http/upgrade.ts", "../session/mod.ts"],
      ["server/session/session.ts", "../hub/mod.ts"],
      ["server/session/session.ts", "../../lifecycle/mod.ts"],
      ["server/hub/hub.ts", "../history/mod.ts"],
      ["server/auth/token.ts", "../config/mod.ts"],
      ["server/cli/pub.ts", "../protocol/mod.ts"],
    ] as const
  ) assertEquals(importing(path, specifier), [], `${path} -> ${specifier}`);
});

Deno.test("direction refuses an import upwards or sideways", () => {
  assertEquals(importing("server/hub/hub.ts", "../session/mod.ts"), [
    "1: server/hub may not import server/session (server/session/mod.ts)",
  ]);
  assertEquals(importing("server/protocol/protocol.ts", "../history/mod.ts"), [
    "1: server/protocol may not import server/history (server/history/mod.ts)",
  ]);
  assertEquals(importing("server/config/load.ts", "../mod.ts"), [
    "1: server/config may not import server (server/mod.ts)",
  ]);
});

Deno.test("direction refuses an import past the mod.ts of another folder", () => {
  assertEquals(importing("server/session/session.ts", "../hub/hub.ts"), [
    "1: server/hub is entered through server/hub/mod.ts, not through server/hub/hub.ts",
  ]);
  assertEquals(importing("main.ts", "./server/server.ts"), [
    "1: server is entered through server/mod.ts, not through server/server.ts",
  ]);
});

Deno.test("direction lets a room import its own files and packages", () => {
  assertEquals(importing("server/hub/hub.ts", "./channel.ts"), []);
  assertEquals(importing("server/history/redis/log.ts", "../history_log.ts"), []);
  assertEquals(importing("server/hub/hub.ts", "@std/async"), []);
  assertEquals(importing("server/hub/hub.ts", "node:timers"), []);
});

Deno.test("direction lets the server import the nouns, and the nouns nothing", () => {
  assertEquals(importing("server/config/load.ts", "../errors.ts"), []);
  assertEquals(importing("server/log.ts", "./errors.ts"), [
    "1: server/log.ts may import nothing of the project, not server/errors.ts",
  ]);
  assertEquals(importing("server/version.ts", "../deno.json"), []);
  assertEquals(importing("server/errors.ts", "../deno.json"), [
    "1: server/errors.ts may import nothing of the project, not deno.json",
  ]);
});

Deno.test("direction keeps the lifecycle apart from the server", () => {
  assertEquals(importing("lifecycle/drain.ts", "../server/log.ts"), [
    "1: lifecycle may not import the nouns (server/log.ts)",
  ]);
  assertEquals(importing("lifecycle/drain.ts", "../server/mod.ts"), [
    "1: lifecycle may not import server (server/mod.ts)",
  ]);
});

Deno.test("direction keeps commands away from the hub, and the server away from commands", () => {
  assertEquals(importing("server/cli/bench.ts", "../hub/mod.ts"), [
    "1: server/cli may not import server/hub (server/hub/mod.ts)",
  ]);
  assertEquals(importing("server/server.ts", "./cli/mod.ts"), [
    "1: server may not import server/cli (server/cli/mod.ts)",
  ]);
});

Deno.test("direction refuses a folder that has no row, and tests and scripts in the program", () => {
  assertEquals(importing("server/hub/hub.ts", "../misc/mod.ts"), [
    "1: server/hub may not import server/misc (server/misc/mod.ts)",
  ]);
  assertEquals(importing("main.ts", "./scripts/files.ts"), [
    "1: main.ts may not import scripts (scripts/files.ts)",
  ]);
  assertEquals(importing("tests/server/hub_test.ts", "../../server/hub/hub.ts"), []);
});

Deno.test("direction sees type imports, re-exports, dynamic imports and import types", () => {
  const text = [
    `import type { A } from "../session/mod.ts";`,
    `export { B } from "../session/mod.ts";`,
    `const c = await import("../session/mod.ts");`,
    `type D = import("../session/mod.ts").D;`,
  ].join("\n");
  assertEquals(
    sentences(direction, "server/hub/hub.ts", text).map((sentence) => sentence.slice(0, 2)),
    ["1:", "2:", "3:", "4:"],
  );
});
