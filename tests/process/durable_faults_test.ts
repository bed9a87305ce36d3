/**
 * History files that cannot be used: each ends the start with code 1 and one line that names the
 * file and says what is wrong with it, and every byte on disk stays as it was.
 */
import { assertEquals } from "@std/assert";
import { assertStopped } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { forEachMode, Midgard, type Mode, MODES } from "../helpers/midgard.ts";
import { within } from "../helpers/wait.ts";
import {
  assertOneLine,
  assertUntouched,
  contentsOf,
  copyWithHotWal,
  DataFolder,
  PAGE_BYTES,
  runSql,
  type Sample,
  sampleOf,
  withGarbage,
} from "./durable_files.ts";

/** A file that must be refused: how it comes to be, and what the one line says about it. */
interface Fault {
  prepare(path: string, sample: Sample): void;
  readonly says: RegExp;
}

const DAMAGED = /is (damaged|truncated|not a history file)/;

const FAULTS: Readonly<Record<string, Fault>> = {
  "garbage over the first pages": {
    prepare: (path, { bytes }) => write(path, withGarbage(bytes, 0, 3 * PAGE_BYTES)),
    says: DAMAGED,
  },
  "garbage behind the header": {
    prepare: (path, { bytes }) => write(path, withGarbage(bytes, 100, PAGE_BYTES)),
    says: DAMAGED,
  },
  "garbage over the second and third page": {
    prepare: (path, { bytes }) => write(path, withGarbage(bytes, PAGE_BYTES, 2 * PAGE_BYTES)),
    says: DAMAGED,
  },
  "half of a file": {
    prepare: (path, { bytes }) => write(path, bytes.subarray(0, bytes.length / 2)),
    says: /truncated: restore it from a copy, or remove it/,
  },
  "a file that lacks its last page": {
    prepare: (path, { bytes }) => write(path, bytes.subarray(0, bytes.length - PAGE_BYTES)),
    says: /truncated/,
  },
  "the first 50 bytes of a file": {
    prepare: (path, { bytes }) => write(path, bytes.subarray(0, 50)),
    says: /truncated/,
  },
  "nothing but zeros": {
    prepare: (path) => write(path, new Uint8Array(2 * PAGE_BYTES)),
    says: /is not a history file/,
  },
  "a text file": {
    prepare: (path) => Deno.writeTextFileSync(path, "remember the milk\n".repeat(500)),
    says: /is not a history file/,
  },
  "the database of another program": {
    prepare: (path) =>
      runSql(path, "CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES (1)"),
    says: /is the SQLite database of another program/,
  },
  "the database of another program, in WAL mode": {
    prepare: (path) => runSql(path, "PRAGMA journal_mode = WAL; CREATE TABLE songs (title TEXT)"),
    says: /is the SQLite database of another program/,
  },
  "a newer schema": {
    prepare: (path, { bytes }) => {
      write(path, bytes);
      runSql(path, "PRAGMA user_version = 99");
    },
    says: /newer Midgard \(schema 99/,
  },
  "a newer schema in a hot write-ahead log": {
    prepare: (path, { bytes }) => {
      const other = Deno.makeTempDirSync();
      write(`${other}/x.db`, bytes);
      copyWithHotWal(`${other}/x.db`, path, "PRAGMA user_version = 99");
      Deno.removeSync(other, { recursive: true });
    },
    says: /newer Midgard \(schema 99/,
  },
  "a history without its publications": {
    prepare: (path, { bytes }) => {
      write(path, bytes);
      runSql(path, "DROP TABLE publications");
    },
    says: /no such table|damaged/,
  },
  "a folder": { prepare: (path) => Deno.mkdirSync(path), says: /is not a file/ },
  "a named pipe": {
    prepare: (path) => void new Deno.Command("mkfifo", { args: [path] }).outputSync(),
    says: /is not a file/,
  },
};

function write(path: string, bytes: Uint8Array): void {
  Deno.writeFileSync(path, bytes);
}

/** Starts a server on a file that it must refuse. */
async function assertRefused(mode: Mode, path: string, says: RegExp): Promise<void> {
  await using server = Midgard.spawn({ mode, args: ["--data", path] });
  const { code } = await within(server.exited, {
    what: "the start to be refused",
    deadlineMs: 5_000,
    explain: () => `${server.log}`,
  });
  const { lines, invalid } = server.log;
  assertOneLine({ code, lines, invalid }, { path, says });
}

for (const mode of MODES) {
  for (const [name, { prepare, says }] of Object.entries(FAULTS)) {
    Deno.test(`serve refuses ${name} and leaves it as it was (${mode})`, async () => {
      await using folder = new DataFolder();
      prepare(folder.file, await sampleOf(mode));
      const before = await contentsOf(folder.path);
      await assertRefused(mode, folder.file, says);
      await assertUntouched(folder.path, before);
    });
  }
}

forEachMode("serve refuses a newer schema in a log behind a link", async (mode) => {
  await using folder = new DataFolder();
  FAULTS["a newer schema in a hot write-ahead log"]!.prepare(folder.file, await sampleOf(mode));
  const link = `${folder.path}/link.db`;
  Deno.symlinkSync(folder.file, link);
  const before = await contentsOf(folder.path);
  await assertRefused(mode, link, /newer Midgard/);
  await assertUntouched(folder.path, before);
});

forEachMode("serve refuses a file in a missing folder and makes neither", async (mode) => {
  await using folder = new DataFolder();
  await assertRefused(mode, `${folder.path}/missing/midgard.db`, /missing\/? does not exist/);
  await assertUntouched(folder.path, {});
});

forEachMode("serve refuses a file that another server has open", async (mode) => {
  await using folder = new DataFolder();
  await using first = await Midgard.start({ mode, args: ["--data", folder.file] });
  const link = `${folder.path}/link.db`;
  Deno.symlinkSync(folder.file, link);
  for (const path of [folder.file, link]) await assertRefused(mode, path, /in use/);
  assertEquals((await request(first.port, "POST /channels/x", { body: "1" })).status, 200);
  await first.stop("SIGKILL");
  await using second = await Midgard.start({ mode, args: ["--data", folder.file] });
  const { body } = await request(second.port, "POST /channels/x", { body: "2" });
  assertEquals(JSON.parse(body).offset, 2);
  assertStopped(await second.stop());
});
