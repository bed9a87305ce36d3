import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { HistoryFileError, SqliteLog } from "../../../server/history/mod.ts";
import { draft, offsetsOf, read, START_MS } from "./contract/requirement.ts";
import { makeVersion1 } from "./version_1_file.ts";

/** Runs a test with the path of a file in a folder of its own. */
async function inFolder(prove: (path: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "midgard_" });
  await prove(`${folder}/history.db`);
  await Deno.remove(folder, { recursive: true });
}

function open(path: string): SqliteLog {
  const retention = () => ({ size: 1_000, ttlMs: 3_600_000 });
  return new SqliteLog({ path, durability: "commit", retention, now: () => START_MS });
}

/** The one value that `sql` asks for. */
function valueOf(path: string, sql: string): unknown {
  const db = new DatabaseSync(path);
  const [value] = Object.values(db.prepare(sql).get() ?? {});
  db.close();
  return value;
}

/** Everything that the fixture holds is there. */
async function assertWhole(log: SqliteLog): Promise<void> {
  assertEquals(await read(log, "a"), {
    top: { epoch: "firstone", offset: 5 },
    publications: [
      { offset: 3, time: START_MS, payload: { kind: "json", text: '{"b":1.0,"a":2}' } },
      { offset: 4, time: START_MS, payload: { kind: "text", text: "before\0after" } },
      { offset: 5, time: START_MS, payload: { kind: "binary", bytes: new Uint8Array([0, 255]) } },
    ],
    hasMore: false,
  });
  assertEquals(await log.tops(["emptied", "new"]), [
    { epoch: "firstone", offset: 7 },
    { epoch: "firstone", offset: 0 },
  ]);
}

for (const isHot of [false, true]) {
  const state = isHot ? "in a hot write-ahead log" : "at rest";
  Deno.test(`SqliteLog brings a file of version 1 up to date, ${state}`, () =>
    inFolder(async (path) => {
      makeVersion1(path, { isHot });
      const log = open(path);
      await assertWhole(log);
      await log.close();
      assertEquals(valueOf(path, "PRAGMA user_version"), 2);
      const again = open(path);
      await assertWhole(again);
      await again.close();
    }));
}

Deno.test("SqliteLog goes on with a file that was of version 1", () =>
  inFolder(async (path) => {
    makeVersion1(path);
    const log = open(path);
    const keyed = { ...draft("a", 6), idempotency: { key: "k", digest: "d" } };
    const tagged = { ...draft("a", 6), tags: { t: "1" } };
    const [repeated, ...stored] = await log.append([keyed, tagged, draft("emptied", 8)]);
    assertEquals(repeated, { kind: "repeated", position: { epoch: "firstone", offset: 4 } });
    assertEquals(offsetsOf(stored), [6, 8]);
    assertEquals((await read(log, "a")).publications.at(-1)?.tags, { t: "1" });
    await log.close();
  }));

Deno.test("SqliteLog leaves a file of version 1 as it was if it cannot be brought up to date", () =>
  inFolder(async (path) => {
    // The last of the steps fails.
    makeVersion1(path, { besides: "ALTER TABLE publications ADD COLUMN about TEXT" });
    const before = await Deno.readFile(path);
    assertThrows(() => open(path), HistoryFileError, path);
    assertEquals(await Deno.readFile(path), before);
    assertEquals([...Deno.readDirSync(path.replace(/[^/]*$/, ""))].length, 1);
  }));

Deno.test("SqliteLog leaves a file of version 1 that lacks a table as it was", () =>
  inFolder(async (path) => {
    makeVersion1(path, { besides: "DROP TABLE idempotency" });
    const before = await Deno.readFile(path);
    assertThrows(() => open(path), HistoryFileError, "damaged");
    assertEquals(await Deno.readFile(path), before);
  }));

Deno.test("SqliteLog refuses a file of version 3 and leaves it as it was", () =>
  inFolder(async (path) => {
    makeVersion1(path, { besides: "PRAGMA user_version = 3" });
    const before = await Deno.readFile(path);
    assertThrows(() => open(path), HistoryFileError, "newer Midgard (schema 3, this one knows 2)");
    assertEquals(await Deno.readFile(path), before);
  }));

Deno.test("SqliteLog makes a new file with the same columns as one that was brought up to date", () =>
  inFolder(async (path) => {
    makeVersion1(path);
    for (const name of [path, `${path}.new`]) await open(name).close();
    for (const table of ["meta", "channels", "publications", "idempotency"]) {
      const sql = `SELECT group_concat(name || type || "notnull" || coalesce(dflt_value, '')) ` +
        `FROM pragma_table_info('${table}')`;
      assertEquals(valueOf(path, sql), valueOf(`${path}.new`, sql));
    }
  }));

Deno.test("SqliteLog loses nothing if the process ends while it brings a file up to date", () =>
  inFolder(async (path) => {
    makeVersion1(path);
    const before = await Deno.readFile(path);
    const upgrading = open(path);
    const wal = await Deno.readFile(`${path}-wal`);
    await upgrading.close();
    // What kill -9 leaves: the file as it was, and of the write-ahead log whatever was written.
    const frameBytes = 24 + 4_096;
    const ends = Array.from(
      { length: 2 * Math.floor(wal.length / frameBytes) + 1 },
      (_, half) => 32 + Math.floor(half * frameBytes / 2),
    );
    assert(ends.length >= 3, `${wal.length} bytes of log`);
    for (const end of ends) {
      await Deno.writeFile(path, before);
      await Deno.writeFile(`${path}-wal`, wal.subarray(0, end));
      const log = open(path);
      await assertWhole(log);
      await log.close();
      assertEquals(valueOf(path, "PRAGMA user_version"), 2);
    }
  }));
