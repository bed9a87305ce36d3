import type { Publication } from "../publication.ts";
import type { ReadOptions } from "./history_log.ts";
import type { PublicationRow } from "./sqlite_publication.ts";
import { toPublication } from "./sqlite_publication.ts";
import type { LogStatements, Statement } from "./sqlite_statements.ts";

/** What of a channel's publications is handed out: those behind an offset and a time. */
export interface Kept {
  /** The channel's. */
  readonly id: number;
  readonly afterOffset: number;
  readonly afterTime: number;
}

/**
 * Rows read in one go. Not by `iterate()`: the runtime's ends without a word when a page of the file
 * cannot be read, where `all()` throws.
 */
const ROWS_PER_READ = 64;

/** Reads a channel's publications from a file, as many as are asked for. */
export class SqliteReader {
  readonly #statements: LogStatements;

  constructor(statements: LogStatements) {
    this.#statements = statements;
  }

  /** From `since` on, in the direction asked for, to the end. */
  read(kept: Kept, { since, isReverse }: ReadOptions): Iterable<Publication> {
    return isReverse === true ? this.#readReverse(kept, since) : this.#read(kept, since);
  }

  /**
   * From the first publication on that is young enough. Only the beginning is cut off: a clock that
   * went back must not make a hole.
   */
  *#read({ id, afterOffset, afterTime }: Kept, since = 0): Generator<Publication> {
    const after = Math.max(since, afterOffset);
    const first = this.#statements.firstYoung.get(id, after, afterTime);
    if (first === undefined) return;
    for (let next = Number(first["offset"]);;) {
      const rows = rowsOf(this.#statements.read, [id, next, ROWS_PER_READ]);
      for (const row of rows) yield toPublication(row);
      if (rows.length < ROWS_PER_READ) return;
      next = (rows.at(-1)?.[0] ?? next) + 1;
    }
  }

  *#readReverse(
    { id, afterOffset, afterTime }: Kept,
    since = Number.MAX_SAFE_INTEGER,
  ): Generator<Publication> {
    for (let before = since;;) {
      const rows = rowsOf(this.#statements.readReverse, [id, afterOffset, before, ROWS_PER_READ]);
      for (const row of rows) {
        const publication = toPublication(row);
        if (publication.time <= afterTime) return;
        yield publication;
        before = publication.offset;
      }
      if (rows.length < ROWS_PER_READ) return;
    }
  }
}

/** The statement gives arrays, which the runtime's types do not know. */
function rowsOf(statement: Statement, parameters: readonly number[]): readonly PublicationRow[] {
  return statement.all(...parameters) as unknown as readonly PublicationRow[];
}
