import type { Database } from "./sqlite_file.ts";
import type { Durability } from "../config/mod.ts";
import type { Payload, Position, Publication } from "../publication.ts";
import type {
  Appended,
  Draft,
  HistoryLog,
  HistoryPage,
  HistoryUsage,
  ReadOptions,
  Retention,
} from "./history_log.ts";
import { IDEMPOTENCY_TTL_MS } from "./history_log.ts";
import { pageOf } from "./page.ts";
import { numberOf, openHistoryFile } from "./sqlite_file.ts";
import { decodePayload, encodePayload } from "./sqlite_payload.ts";
import type { StoredKind } from "./sqlite_payload.ts";
import type { LogStatements } from "./sqlite_statements.ts";
import { prepareStatements } from "./sqlite_statements.ts";
import { SqliteTrimmer } from "./sqlite_trimmer.ts";

/** Options of {@linkcode SqliteLog}. */
export interface SqliteLogOptions {
  /** The file; made if there is none. */
  readonly path: string;
  readonly durability: Durability;
  readonly retention: Retention;
  /** Told when trimming begins to fail, with the error, and when it works again, with undefined. */
  readonly onTrimming?: (error: unknown) => void;
  /** @default Date.now */
  readonly now?: () => number;
}

interface ChannelRow {
  readonly id: number;
  readonly epoch: string;
  top: number;
}

/**
 * Rows read in one go. Not by `iterate()`: the runtime's ends without a word when a page of the file
 * cannot be read, where `all()` throws.
 */
const ROWS_PER_READ = 64;

/** Channels whose position is kept at hand; the others are looked up. */
const MAX_CACHED_CHANNELS = 100_000;

/**
 * History in one SQLite file: a batch of drafts is one transaction. Survives `kill -9`; with
 * durability `disk`, a power loss too.
 */
export class SqliteLog implements HistoryLog {
  readonly #db: Database;
  readonly #options: SqliteLogOptions;
  readonly #now: () => number;
  readonly #statements: LogStatements;
  readonly #trimmer: SqliteTrimmer;
  readonly #rows = new Map<string, ChannelRow>();
  /** The epoch of channels that nobody has published to yet. */
  readonly #epoch: string;

  /** @throws {HistoryFileError} if the file cannot be used. */
  constructor(options: SqliteLogOptions) {
    this.#db = openHistoryFile(options.path, options.durability);
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#statements = prepareStatements(this.#db);
    this.#epoch = String(this.#statements.epoch.get()?.["value"]);
    const { retention, onTrimming } = options;
    this.#trimmer = new SqliteTrimmer(this.#db, { retention, onTrimming, now: this.#now });
  }

  append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    const batch = new Map<string, ChannelRow>();
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const outcomes = drafts.map((draft) => this.#append(draft, batch));
      this.#db.exec("COMMIT");
      this.#remember(batch);
      return Promise.resolve(outcomes);
    } catch (error) {
      // A full disk has rolled back by itself.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      const reason = error instanceof Error ? error.message : String(error);
      return Promise.resolve(drafts.map(() => ({ kind: "failed", reason })));
    }
  }

  read(channel: string, options: ReadOptions): Promise<HistoryPage> {
    const row = this.#row(channel);
    if (row === undefined) {
      const top = { epoch: this.#epoch, offset: 0 };
      return Promise.resolve({ top, publications: [], hasMore: false });
    }
    const stored = options.isReverse ? this.#readReverse(row, options) : this.#read(row, options);
    const page = pageOf(stored, options);
    return Promise.resolve({ top: { epoch: row.epoch, offset: row.top }, ...page });
  }

  /**
   * From the first publication on that is young enough. Only the beginning is cut off: a clock that
   * went back must not make a hole.
   */
  *#read({ id, top }: ChannelRow, { since = 0 }: ReadOptions): Generator<Publication> {
    const { size, ttlMs } = this.#options.retention;
    const after = Math.max(since, top - size);
    const first = this.#statements.firstYoung.get(id, after, this.#now() - ttlMs);
    if (first === undefined) return;
    for (let next = Number(first["offset"]);;) {
      const rows = this.#statements.read.all(id, next, ROWS_PER_READ).map(toPublication);
      yield* rows;
      if (rows.length < ROWS_PER_READ) return;
      next = (rows.at(-1)?.offset ?? next) + 1;
    }
  }

  *#readReverse({ id, top }: ChannelRow, { since = top + 1 }: ReadOptions): Generator<Publication> {
    const { size, ttlMs } = this.#options.retention;
    const cutoff = this.#now() - ttlMs;
    for (let before = since;;) {
      const rows = this.#statements.readReverse.all(id, top - size, before, ROWS_PER_READ);
      for (const row of rows) {
        const publication = toPublication(row);
        if (publication.time <= cutoff) return;
        yield publication;
        before = publication.offset;
      }
      if (rows.length < ROWS_PER_READ) return;
    }
  }

  tops(channels: readonly string[]): Promise<readonly Position[]> {
    return Promise.resolve(channels.map((channel) => {
      const row = this.#row(channel);
      return { epoch: row?.epoch ?? this.#epoch, offset: row?.top ?? 0 };
    }));
  }

  usage(): HistoryUsage {
    const channels = numberOf(this.#db, "SELECT count(*) FROM channels");
    const pages = numberOf(this.#db, "PRAGMA page_count");
    return { channels, bytes: pages * numberOf(this.#db, "PRAGMA page_size") };
  }

  close(): Promise<void> {
    this.#trimmer.stop();
    this.#writeBack();
    this.#db.close();
    return Promise.resolve();
  }

  /**
   * Moves the write-ahead log into the file and frees its space, where there is room to: on a full
   * disk what was acknowledged stays in the log, and the next start reads it from there.
   */
  #writeBack(): void {
    try {
      this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // The next start meets the same disk and says so.
    }
  }

  #append(
    { channel, payload, time, idempotency }: Draft,
    batch: Map<string, ChannelRow>,
  ): Appended {
    const row = batch.get(channel) ?? this.#rowOrNew(channel);
    batch.set(channel, row);
    if (idempotency !== undefined) {
      const earlier = this.#statements.findKey.get(row.id, idempotency.key, this.#now());
      if (earlier !== undefined) {
        if (earlier["digest"] !== idempotency.digest) return { kind: "conflict" };
        const position = { epoch: row.epoch, offset: Number(earlier["offset"]) };
        return { kind: "repeated", position };
      }
    }
    row.top += 1;
    this.#insert(row, payload, time);
    if (idempotency !== undefined) {
      const expires = this.#now() + IDEMPOTENCY_TTL_MS;
      this.#statements.insertKey.run(row.id, idempotency.key, idempotency.digest, row.top, expires);
    }
    return { kind: "stored", position: { epoch: row.epoch, offset: row.top } };
  }

  #insert({ id, top }: ChannelRow, payload: Payload, time: number): void {
    const { size, ttlMs } = this.#options.retention;
    if (size === 0 || ttlMs === 0) {
      this.#statements.setTop.run(top, id);
      return;
    }
    const { kind, value } = encodePayload(payload);
    this.#statements.insert.run(id, top, time, kind, value);
  }

  /** A copy: what the batch changes counts only once it is committed. */
  #rowOrNew(channel: string): ChannelRow {
    const row = this.#row(channel);
    if (row !== undefined) return { ...row };
    const { lastInsertRowid } = this.#statements.insertChannel.run(channel, this.#epoch);
    return { id: Number(lastInsertRowid), epoch: this.#epoch, top: 0 };
  }

  #row(channel: string): ChannelRow | undefined {
    const cached = this.#rows.get(channel);
    if (cached !== undefined) return cached;
    const found = this.#statements.findChannel.get(channel);
    if (found === undefined) return undefined;
    const [id, epoch] = [Number(found["id"]), String(found["epoch"])];
    const row = { id, epoch, top: Number(found["top"]) };
    this.#cache(channel, row);
    return row;
  }

  #cache(channel: string, row: ChannelRow): void {
    this.#rows.delete(channel);
    this.#rows.set(channel, row);
    if (this.#rows.size <= MAX_CACHED_CHANNELS) return;
    for (const [oldest] of this.#rows) {
      this.#rows.delete(oldest);
      return;
    }
  }

  #remember(batch: ReadonlyMap<string, ChannelRow>): void {
    for (const [channel, row] of batch) {
      this.#cache(channel, row);
      this.#trimmer.published(row.id, row.top);
    }
  }
}

function toPublication(stored: Record<string, unknown>): Publication {
  // The column is written by encodePayload alone.
  const kind = Number(stored["kind"]) as StoredKind;
  const value = stored["payload"] as string | Uint8Array<ArrayBuffer>;
  const [offset, time] = [Number(stored["offset"]), Number(stored["time"])];
  return { offset, time, payload: decodePayload(kind, value) };
}
