import type { Database } from "./sqlite_file.ts";
import type { Durability } from "../config/mod.ts";
import type { Position } from "../publication.ts";
import type {
  Appended,
  Draft,
  HistoryLog,
  HistoryPage,
  HistoryUsage,
  ReadOptions,
  RetentionOf,
  Version,
} from "./history_log.ts";
import { IDEMPOTENCY_TTL_MS, keptSize } from "./history_log.ts";
import { FileWatch } from "./file_watch.ts";
import type { Group } from "./group.ts";
import { appendInGroups } from "./group.ts";
import { pageOf } from "./page.ts";
import { RecentPages } from "./recent_pages.ts";
import type { ChannelRow } from "./sqlite_channels.ts";
import { encodeVersion, SqliteChannels } from "./sqlite_channels.ts";
import { numberOf, openHistoryFile } from "./sqlite_file.ts";
import { encodePayload } from "./sqlite_payload.ts";
import { encodeAbout } from "./sqlite_publication.ts";
import type { Kept } from "./sqlite_reader.ts";
import { SqliteReader } from "./sqlite_reader.ts";
import type { LogStatements } from "./sqlite_statements.ts";
import { prepareStatements } from "./sqlite_statements.ts";
import { isStale, versionOf } from "./staleness.ts";
import { SqliteTrimmer } from "./sqlite_trimmer.ts";

/** Options of {@linkcode SqliteLog}. */
export interface SqliteLogOptions {
  /** The file; made if there is none. */
  readonly path: string;
  readonly durability: Durability;
  readonly retention: RetentionOf;
  /** Told when trimming begins to fail, with the error, and when it works again, with undefined. */
  readonly onTrimming?: (error: unknown) => void;
  /** @default Date.now */
  readonly now?: () => number;
}

/** A channel while a batch is written: its row, and how many publications of it are kept. */
interface Written {
  readonly row: ChannelRow;
  readonly size: number;
}

/**
 * History in one SQLite file: a batch of drafts is one transaction. Survives `kill -9`; with
 * durability `disk`, a power loss too.
 */
export class SqliteLog implements HistoryLog {
  readonly #db: Database;
  readonly #options: SqliteLogOptions;
  readonly #now: () => number;
  readonly #watch: FileWatch;
  readonly #statements: LogStatements;
  readonly #trimmer: SqliteTrimmer;
  readonly #channels: SqliteChannels;
  readonly #reader: SqliteReader;
  readonly #recent: RecentPages;

  /** @throws {HistoryFileError} if the file cannot be used. */
  constructor(options: SqliteLogOptions) {
    this.#db = openHistoryFile(options.path, options.durability);
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#watch = new FileWatch(options.path);
    this.#statements = prepareStatements(this.#db);
    this.#channels = new SqliteChannels(this.#statements);
    this.#reader = new SqliteReader(this.#statements);
    this.#recent = new RecentPages(this.#now);
    const { retention, onTrimming } = options;
    this.#trimmer = new SqliteTrimmer(this.#db, { retention, onTrimming, now: this.#now });
  }

  append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    const { trouble } = this.#watch;
    if (trouble !== undefined) {
      return Promise.resolve(drafts.map(() => ({ kind: "failed", reason: trouble })));
    }
    const batch = new Map<string, Written>();
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const outcomes = appendInGroups(drafts, (group) => this.#append(group, batch));
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
    const row = this.#channels.find(channel);
    if (row === undefined) {
      const top = { epoch: this.#channels.epoch, offset: 0 };
      return Promise.resolve({ top, publications: [], hasMore: false });
    }
    const kept = this.#kept(channel, row);
    const { epoch, top } = row;
    const page = this.#recent.get(channel, options, { epoch, top, ...kept }, () => ({
      top: positionOf(row),
      ...pageOf(this.#reader.read(kept, options), options),
    }));
    return Promise.resolve(page);
  }

  /** What of a channel's publications is handed out now. */
  #kept(channel: string, { id, top, removed }: Readonly<ChannelRow>): Kept {
    const retention = this.#options.retention(channel);
    const afterOffset = Math.max(removed, top - keptSize(retention));
    return { id, afterOffset, afterTime: this.#now() - retention.ttlMs };
  }

  /** At once for readers, by the one row that is written; what it takes up is freed in steps. */
  remove(channel: string): Promise<void> {
    try {
      const found = this.#channels.find(channel);
      if (found === undefined) return Promise.resolve();
      const row = { ...found };
      this.#remove(row);
      this.#channels.remember(channel, row);
      this.#trimmer.removed(row);
      return Promise.resolve();
    } catch (cause) {
      const message = `Cannot remove the publications of channel ${channel}`;
      return Promise.reject(new Error(message, { cause }));
    }
  }

  tops(channels: readonly string[]): Promise<readonly Position[]> {
    return Promise.resolve(channels.map((channel) => {
      const row = this.#channels.find(channel);
      return { epoch: row?.epoch ?? this.#channels.epoch, offset: row?.top ?? 0 };
    }));
  }

  usage(): HistoryUsage {
    const channels = numberOf(this.#db, "SELECT count(*) FROM channels");
    const pages = numberOf(this.#db, "PRAGMA page_count");
    return { channels, bytes: pages * numberOf(this.#db, "PRAGMA page_size") };
  }

  /** Rejects if the file is not the one any more that the next start will find. */
  close(): Promise<void> {
    this.#trimmer.stop();
    const trouble = this.#watch.look();
    this.#writeBack();
    this.#db.close();
    return trouble === undefined ? Promise.resolve() : Promise.reject(new Error(trouble));
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

  /** Gives what became of the first draft. */
  #append({ first, drafts }: Group, batch: Map<string, Written>): Appended {
    const written = this.#written(first.channel, batch);
    const { row } = written;
    const earlier = this.#earlier(first, row);
    if (earlier !== undefined) return earlier;
    if (isStale(drafts, row.version)) return { kind: "stale", position: positionOf(row) };
    const position = { epoch: row.epoch, offset: row.top + 1 };
    for (const draft of drafts) this.#store(draft, written);
    this.#rememberKey(first, row, position);
    return { kind: "stored", position };
  }

  #store(draft: Draft, { row, size }: Written): void {
    const version = versionOf(draft);
    row.top += 1;
    if (version !== undefined) this.#setVersion(row, version);
    if (size > 0) this.#insert(row, draft);
    else this.#remove(row);
  }

  #written(channel: string, batch: Map<string, Written>): Written {
    const found = batch.get(channel);
    if (found !== undefined) return found;
    const row = this.#channels.copyOrMake(channel);
    const written = { row, size: keptSize(this.#options.retention(channel)) };
    batch.set(channel, written);
    return written;
  }

  /** What became of an earlier draft under the same key, or undefined if there was none. */
  #earlier({ idempotency }: Draft, { id, epoch }: ChannelRow): Appended | undefined {
    if (idempotency === undefined) return undefined;
    const earlier = this.#statements.findKey.get(id, idempotency.key, this.#now());
    if (earlier === undefined) return undefined;
    if (earlier["digest"] !== idempotency.digest) return { kind: "conflict" };
    return { kind: "repeated", position: { epoch, offset: Number(earlier["offset"]) } };
  }

  #insert({ id, top }: ChannelRow, draft: Draft): void {
    const { kind, value } = encodePayload(draft.payload);
    const about = encodeAbout(draft);
    if (about === undefined) this.#statements.insert.run(id, top, draft.time, kind, value);
    else this.#statements.insertAbout.run(id, top, draft.time, kind, value, about);
  }

  /** What was there before must not come back: behind it offsets are missing. */
  #remove(row: ChannelRow): void {
    row.removed = row.top;
    this.#statements.remove.run(row.top, row.top, row.id);
  }

  #setVersion(row: ChannelRow, version: Version): void {
    row.version = version;
    this.#statements.setVersion.run(encodeVersion(version), row.id);
  }

  #rememberKey({ idempotency }: Draft, { id }: ChannelRow, { offset }: Position): void {
    if (idempotency === undefined) return;
    const expires = this.#now() + IDEMPOTENCY_TTL_MS;
    this.#statements.insertKey.run(id, idempotency.key, idempotency.digest, offset, expires);
  }

  #remember(batch: ReadonlyMap<string, Written>): void {
    for (const [channel, { row, size }] of batch) {
      this.#channels.remember(channel, row);
      this.#trimmer.published(row, size);
    }
  }
}

function positionOf({ epoch, top }: Readonly<ChannelRow>): Position {
  return { epoch, offset: top };
}
