import type { Database } from "./sqlite_file.ts";
import { PUBLICATION_COLUMNS } from "./sqlite_publication.ts";

/** A compiled statement. */
export type Statement = ReturnType<Database["prepare"]>;

/** The statements by name. */
export interface LogStatements {
  readonly epoch: Statement;
  readonly findChannel: Statement;
  readonly insertChannel: Statement;
  readonly remove: Statement;
  readonly setVersion: Statement;
  readonly insert: Statement;
  readonly insertAbout: Statement;
  readonly firstYoung: Statement;
  readonly read: Statement;
  readonly readReverse: Statement;
  readonly findKey: Statement;
  readonly insertKey: Statement;
}

/** What {@linkcode SqliteLog} asks of its file; compiled once, parameters in the order of the marks. */
export function prepareStatements(db: Database): LogStatements {
  const publications = `SELECT ${PUBLICATION_COLUMNS} FROM publications WHERE channel = ?`;
  return {
    epoch: db.prepare("SELECT value FROM meta WHERE name = 'epoch'"),
    findChannel: db.prepare(
      "SELECT id, epoch, removed, version, max(top, coalesce((SELECT max(offset) FROM publications " +
        "WHERE channel = channels.id), 0)) AS top FROM channels WHERE name = ?",
    ),
    insertChannel: db.prepare("INSERT INTO channels (name, epoch, top) VALUES (?, ?, 0)"),
    setVersion: db.prepare("UPDATE channels SET version = ? WHERE id = ?"),
    remove: db.prepare("UPDATE channels SET top = ?, removed = ? WHERE id = ?"),
    insert: db.prepare(
      "INSERT INTO publications (channel, offset, time, kind, payload) VALUES (?, ?, ?, ?, ?)",
    ),
    insertAbout: db.prepare("INSERT INTO publications VALUES (?, ?, ?, ?, ?, ?)"),
    firstYoung: db.prepare(
      "SELECT offset FROM publications WHERE channel = ? AND offset > ? AND time > ? " +
        "ORDER BY offset LIMIT 1",
    ),
    read: inArrays(db.prepare(`${publications} AND offset >= ? ORDER BY offset LIMIT ?`)),
    readReverse: inArrays(
      db.prepare(`${publications} AND offset > ? AND offset < ? ORDER BY offset DESC LIMIT ?`),
    ),
    findKey: db.prepare(
      "SELECT digest, offset FROM idempotency WHERE channel = ? AND key = ? AND expires > ?",
    ),
    insertKey: db.prepare("INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?)"),
  };
}

/** Rows as arrays: read in half the time that objects take. */
function inArrays(statement: Statement): Statement {
  // The types that the compiler has of the runtime are older than this method.
  (statement as Statement & { setReturnArrays(isOn: boolean): void }).setReturnArrays(true);
  return statement;
}
