import { newEpoch } from "./epoch.ts";
import type { Database } from "./sqlite_file.ts";

/** Marks a file as Midgard's: "MIDG" in ASCII. */
export const APPLICATION_ID = 0x4d494447;

/** Version of the schema below; a file of a later one is refused. */
export const SCHEMA_VERSION = 2;

const TABLES = ["meta", "channels", "publications", "idempotency"];

const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  -- top: the newest offset as of the last trim; the newest publication's wins if it is higher.
  -- removed: what is there up to this offset is gone for readers.
  -- version: [number, epoch] of the newest draft that had one, as JSON.
  CREATE TABLE channels (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL, top INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0, version TEXT
  );
  -- about: {info, tags} as JSON; NULL for neither.
  CREATE TABLE publications (
    channel INTEGER NOT NULL, offset INTEGER NOT NULL, time INTEGER NOT NULL,
    kind INTEGER NOT NULL, payload, about TEXT, PRIMARY KEY (channel, offset)
  ) WITHOUT ROWID;
  CREATE TABLE idempotency (
    channel INTEGER NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
    offset INTEGER NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (channel, key)
  ) WITHOUT ROWID;
  CREATE INDEX idempotency_expires ON idempotency (expires);
  PRAGMA application_id = ${APPLICATION_ID};
`;

/** What makes of a file of a version one of the next; each is done at once, however large the file. */
const UPGRADES: Readonly<Record<number, string>> = {
  1: `
    ALTER TABLE channels ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE channels ADD COLUMN version TEXT;
    ALTER TABLE publications ADD COLUMN about TEXT;
  `,
};

/**
 * Makes the schema in an empty file, and of an older one today's. Call it in a transaction: when it
 * throws, or the process ends, the file is to be what it was.
 */
export function bringUpToDate(db: Database, version: number): void {
  if (version === 0) {
    db.exec(SCHEMA);
    db.prepare("INSERT INTO meta VALUES ('epoch', ?)").run(newEpoch());
  }
  for (let from = version; from > 0 && from < SCHEMA_VERSION; from++) db.exec(UPGRADES[from] ?? "");
  if (version < SCHEMA_VERSION) db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  for (const table of TABLES) db.prepare(`SELECT * FROM ${table} LIMIT 1`).get();
}
