import { DatabaseSync } from "node:sqlite";
import type { Durability } from "../config/mod.ts";
import { APPLICATION_ID, bringUpToDate, SCHEMA_VERSION } from "./sqlite_schema.ts";

/** An open database; this is the one file that knows where it comes from. */
export type Database = DatabaseSync;

/** A history file that cannot be used; the message says why, and the file was not changed. */
export class HistoryFileError extends Error {
  override readonly name = "HistoryFileError";
  /** Another process has it open: waiting may help. */
  readonly isLocked: boolean;

  constructor(
    message: string,
    { isLocked = false, cause }: { isLocked?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.isLocked = isLocked;
  }
}

/**
 * Opens a history file for this process alone, making it if need be. One of an older version is
 * brought up to date, all at once or not at all: on a full disk it is refused.
 *
 * It looks before it touches: whatever is not a whole history file of a version it knows is refused
 * and left as it was. The lock is SQLite's own, held until the file is closed or the process gone.
 *
 * @throws {HistoryFileError}
 */
export function openHistoryFile(path: string, durability: Durability): DatabaseSync {
  inspect(path);
  const db = attempt(path, () => new DatabaseSync(path === ":memory:" ? `./${path}` : path));
  try {
    db.exec("PRAGMA busy_timeout = 0");
    // Before journal_mode: only then does the exclusive lock hold from the first access on.
    attempt(path, () => db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL"));
    attempt(path, () => prepare(db, durability));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepare(db: DatabaseSync, durability: Durability): void {
  db.exec(`PRAGMA synchronous = ${durability === "disk" ? "FULL" : "NORMAL"}`);
  db.exec("PRAGMA journal_size_limit = 67108864");
  db.exec("BEGIN IMMEDIATE");
  bringUpToDate(db, numberOf(db, "PRAGMA user_version"));
  db.exec("COMMIT");
}

/** Refuses what is not ours to open, without changing a byte of it. */
function inspect(path: string): void {
  const header = readHeader(path);
  if (header === undefined) return;
  if (!new TextDecoder().decode(header.bytes).startsWith("SQLite format 3\0")) {
    throw new HistoryFileError(`${path} is not a history file: give another one with --data`);
  }
  const view = new DataView(header.bytes.buffer);
  // https://www.sqlite.org/fileformat2.html: 1 stands for a page of 65536 bytes.
  const pageSize = view.getUint16(16) === 1 ? 65_536 : view.getUint16(16);
  const isShort = view.getUint32(28) * pageSize > header.size;
  // Behind a link the log lies beside the file itself.
  const hasWal = sizeOf(`${Deno.realPathSync(path)}-wal`) > 0;
  if (isShort && !hasWal) {
    throw new HistoryFileError(`${path} is truncated: restore it from a copy, or remove it`);
  }
  if (!hasWal) {
    // Opening it, even to read only, would leave files of SQLite's beside it.
    const [version, application] = [view.getUint32(60), view.getUint32(68)];
    return refuseForeign(path, { version, application, isEmpty: view.getUint32(28) <= 1 });
  }
  const db = attempt(path, () => new DatabaseSync(path, { readOnly: true }));
  try {
    db.exec("PRAGMA busy_timeout = 0");
    attempt(path, () => {
      const tables = numberOf(db, "SELECT count(*) FROM sqlite_schema");
      const version = numberOf(db, "PRAGMA user_version");
      const application = numberOf(db, "PRAGMA application_id");
      refuseForeign(path, { version, application, isEmpty: tables === 0 });
    });
    if (isShort) attempt(path, () => refuseDamaged(path, db));
  } finally {
    db.close();
  }
}

function refuseForeign(
  path: string,
  { version, application, isEmpty }: { version: number; application: number; isEmpty: boolean },
): void {
  if (version === 0 && application === 0 && isEmpty) return;
  if (application !== APPLICATION_ID) {
    throw new HistoryFileError(
      `${path} is the SQLite database of another program: give another file with --data`,
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new HistoryFileError(
      `${path} was written by a newer Midgard (schema ${version}, this one knows ${SCHEMA_VERSION})`,
    );
  }
}

function refuseDamaged(path: string, db: DatabaseSync): void {
  const [result] = Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {});
  if (result !== "ok") {
    throw new HistoryFileError(`${path} is truncated: restore it from a copy, or remove it`);
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

interface Header {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

/** The first 100 bytes; undefined if there is no file, or an empty one. */
function readHeader(path: string): Header | undefined {
  try {
    const { size, isFile } = Deno.statSync(path);
    if (!isFile) throw new HistoryFileError(`${path} is not a file`);
    if (size === 0) return undefined;
    using file = Deno.openSync(path, { read: true, write: true });
    const bytes = new Uint8Array(100);
    file.readSync(bytes);
    return { bytes, size };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return refuseMissingFolder(path);
    if (error instanceof HistoryFileError) throw error;
    throw new HistoryFileError(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function refuseMissingFolder(path: string): undefined {
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  try {
    Deno.statSync(folder);
  } catch (cause) {
    throw new HistoryFileError(`${path} cannot be made as ${folder} does not exist`, { cause });
  }
}

/** Turns what SQLite says into a sentence. Codes are often missing, so messages are matched. */
function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof HistoryFileError) throw cause;
    const message = messageOf(cause);
    if (message.includes("locked")) {
      throw new HistoryFileError(
        `${path} is in use by another process: stop that, or give another file with --data`,
        { isLocked: true, cause },
      );
    }
    const reason = REASONS.find(([text]) => message.includes(text))?.[1] ??
      `cannot be opened: ${message}`;
    throw new HistoryFileError(`${path} ${reason}`, { cause });
  }
}

const REASONS: readonly (readonly [string, string])[] = [
  ["not a database", "is not a history file"],
  ["malformed", "is damaged: restore it from a copy, or remove it"],
  ["no such table", "is damaged: restore it from a copy, or remove it"],
  ["readonly", "may not be written by this process"],
  ["unable to open", "may not be opened by this process"],
  ["disk is full", "cannot be written as the disk is full"],
  ["disk I/O", "cannot be read or written: disk I/O error"],
];

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The one number that `sql` asks for. */
export function numberOf(db: DatabaseSync, sql: string): number {
  const [value] = Object.values(db.prepare(sql).get() ?? {});
  return Number(value);
}
