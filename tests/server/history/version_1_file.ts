/** A history file as the first version of the schema had it. */
import { DatabaseSync } from "node:sqlite";
import { START_MS } from "./contract/requirement.ts";

/** The schema to the letter: it does not change with today's. */
const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE channels (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL, top INTEGER NOT NULL
  );
  CREATE TABLE publications (
    channel INTEGER NOT NULL, offset INTEGER NOT NULL, time INTEGER NOT NULL,
    kind INTEGER NOT NULL, payload, PRIMARY KEY (channel, offset)
  ) WITHOUT ROWID;
  CREATE TABLE idempotency (
    channel INTEGER NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
    offset INTEGER NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (channel, key)
  ) WITHOUT ROWID;
  CREATE INDEX idempotency_expires ON idempotency (expires);
  PRAGMA application_id = ${0x4d494447};
  PRAGMA user_version = 1;
`;

/**
 * Channel `a` holds the offsets 3 to 5, one of each kind; `emptied` held 7 once; the key `k` is
 * remembered for `a`.
 */
const DATA = `
  INSERT INTO meta VALUES ('epoch', 'firstone');
  INSERT INTO channels VALUES (1, 'a', 'firstone', 2), (2, 'emptied', 'firstone', 7);
  INSERT INTO publications VALUES
    (1, 3, ${START_MS}, 0, '{"b":1.0,"a":2}'),
    (1, 4, ${START_MS}, 1, CAST('before' || char(0) || 'after' AS BLOB)),
    (1, 5, ${START_MS}, 2, x'00ff');
  INSERT INTO idempotency VALUES (1, 'k', 'd', 4, ${START_MS + 1_000});
`;

/** What {@linkcode makeVersion1} may do besides. */
export interface Version1Options {
  /** SQL that is run on the file at the end. */
  readonly besides?: string;
  /** Leaves the file as `kill -9` would, with everything in the write-ahead log. */
  readonly isHot?: boolean;
}

/** Writes such a file. */
export function makeVersion1(path: string, { besides = "", isHot }: Version1Options = {}): void {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL; ${SCHEMA} ${DATA} ${besides}`);
  const copies = ["", "-wal"].map((suffix) =>
    [
      `${path}${suffix}`,
      isHot === true ? Deno.readFileSync(`${path}${suffix}`) : undefined,
    ] as const
  );
  db.close();
  for (const [name, bytes] of copies) if (bytes !== undefined) Deno.writeFileSync(name, bytes);
}
