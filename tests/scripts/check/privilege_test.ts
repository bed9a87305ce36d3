import { assertEquals } from "@std/assert";
import { privilege } from "../../../scripts/check/privilege.ts";
import { sentences } from "./sentences.ts";

Deno.test("privilege keeps arguments, environment and exit in main.ts", () => {
  const text =
    `Deno.args;\nDeno.env.get("A");\nglobalThis.Deno["exit"](1);\nconst { args } = Deno;\n`;
  assertEquals(sentences(privilege, "server/server.ts", text), [
    "1: Deno.args belongs in main.ts only",
    "2: Deno.env belongs in main.ts only",
    "3: Deno.exit belongs in main.ts only",
    "4: Deno.args belongs in main.ts only",
  ]);
  assertEquals(sentences(privilege, "main.ts", text), []);
});

Deno.test("privilege keeps signals, datagrams and SQLite in one file each", () => {
  const signals = `Deno.addSignalListener("SIGTERM", stop);\n`;
  const sqlite = `import { DatabaseSync } from "node:sqlite";\n`;
  const datagrams = `Deno.listenDatagram({ transport: "unixpacket", path });\n`;
  assertEquals(sentences(privilege, "main.ts", signals + sqlite + datagrams).toSorted(), [
    "1: Deno.addSignalListener belongs in lifecycle/signals.ts only",
    "2: node:sqlite belongs in server/history/sqlite_file.ts only",
    "3: Deno.listenDatagram belongs in lifecycle/systemd.ts only",
  ]);
  assertEquals(sentences(privilege, "lifecycle/signals.ts", signals), []);
  assertEquals(sentences(privilege, "server/history/sqlite_file.ts", sqlite), []);
  assertEquals(sentences(privilege, "lifecycle/systemd.ts", datagrams), []);
});

Deno.test("privilege leaves tests, scripts, comments and strings alone", () => {
  assertEquals(sentences(privilege, "tests/a_test.ts", "Deno.exit(1);"), []);
  assertEquals(sentences(privilege, "scripts/a.ts", "Deno.args;"), []);
  assertEquals(sentences(privilege, "server/a.ts", `// Deno.exit\nconst a = "Deno.exit(1)";`), []);
});
