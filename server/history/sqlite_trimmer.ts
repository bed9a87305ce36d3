import type { Database } from "./sqlite_file.ts";
import type { Retention } from "./history_log.ts";

/** Options of {@linkcode SqliteTrimmer}. */
export interface SqliteTrimmerOptions {
  readonly retention: Retention;
  /** Told when trimming begins to fail, with the error, and when it works again, with undefined. */
  readonly onTrimming: ((error: unknown) => void) | undefined;
  readonly now: () => number;
}

/** Rows that one step may delete: about 2 ms of work, between which publishing goes on. */
const ROWS_PER_STEP = 2_000;

/** Channels whose age one step looks at. */
const CHANNELS_PER_STEP = 50;

/** While there is something to trim. */
const BUSY_MS = 1;

/** While there is not: how often the next few channels are looked at for what has grown too old. */
const IDLE_MS = 250;

/** After a failure: a full disk stays full for a while. */
const FAILED_MS = 1_000;

/** Channels whose first offset is remembered. */
const MAX_REMEMBERED = 100_000;

/**
 * A channel is trimmed when it holds this many beyond its size: in runs, because deleting one row
 * for each row inserted would touch twice the pages.
 */
const SLACK = 256;

/**
 * Removes in the background what history need not keep: by size for channels that were published
 * to, by age in rounds over all. Readers never see what has not been removed yet.
 */
export class SqliteTrimmer {
  readonly #db: Database;
  readonly #options: SqliteTrimmerOptions;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** Channels that may hold too much, with their top. */
  readonly #grown = new Map<number, number>();
  /** Where each channel's log begins; a channel that is missing here has not been looked at. */
  readonly #first = new Map<number, number>();
  #nextChannel = 0;
  /** When age is looked at next, on `performance.now()`'s clock. */
  #nextAgeAt = 0;
  #isFailing = false;
  #timer: ReturnType<typeof setTimeout>;

  constructor(db: Database, options: SqliteTrimmerOptions) {
    this.#db = db;
    this.#options = options;
    this.#statements = prepareStatements(db);
    this.#timer = setTimeout(() => this.#step(), IDLE_MS);
  }

  /** A channel's log now ends at `top`. */
  published(channel: number, top: number): void {
    const first = this.#first.get(channel) ?? 1;
    if (top - first < this.#options.retention.size + SLACK) return;
    if (this.#grown.size === 0) this.#schedule(BUSY_MS);
    this.#grown.set(channel, top);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#step(), afterMs);
  }

  /** Age has its turn however busy size is: a channel that never rests holds up no other. */
  #step(): void {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const hasGrown = this.#trimGrown();
      if (performance.now() >= this.#nextAgeAt) {
        const hasAged = [this.#trimKeys(), this.#trimAged()].includes(true);
        this.#nextAgeAt = performance.now() + (hasAged ? BUSY_MS : IDLE_MS);
      }
      this.#db.exec("COMMIT");
      this.#tellFailure(undefined);
      const ageInMs = Math.max(BUSY_MS, this.#nextAgeAt - performance.now());
      this.#schedule(hasGrown ? BUSY_MS : ageInMs);
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      this.#tellFailure(error);
      this.#schedule(FAILED_MS);
    }
  }

  /** Once when trimming begins to fail, once when it works again. */
  #tellFailure(error: unknown): void {
    if (this.#isFailing === (error !== undefined)) return;
    this.#isFailing = error !== undefined;
    this.#options.onTrimming?.(error);
  }

  /** Forgets idempotency keys whose time is over; true if there may be more. */
  #trimKeys(): boolean {
    const { changes } = this.#statements.deleteKeys.run(this.#options.now(), ROWS_PER_STEP);
    return Number(changes) >= ROWS_PER_STEP;
  }

  /** Deletes up to a step's worth from the first channel in line; true if there is more to do. */
  #trimGrown(): boolean {
    const [next] = this.#grown;
    if (next === undefined) return false;
    const [channel, top] = next;
    const first = Number(this.#statements.first.get(channel)?.["first"] ?? top + 1);
    const target = Math.max(first, top - this.#options.retention.size + 1);
    const end = Math.min(target, first + ROWS_PER_STEP);
    this.#delete(channel, end);
    if (end < target) return true;
    this.#grown.delete(channel);
    return this.#grown.size > 0;
  }

  /** Looks at the age of the next few channels; true if one holds more than a step deletes. */
  #trimAged(): boolean {
    const channels = this.#statements.channels.all(this.#nextChannel, CHANNELS_PER_STEP);
    const cutoff = this.#options.now() - this.#options.retention.ttlMs;
    let left = ROWS_PER_STEP;
    for (const { id } of channels) {
      left -= this.#trimAge(Number(id), { cutoff, limit: left });
      if (left <= 0) return true;
      this.#nextChannel = Number(id);
    }
    if (channels.length < CHANNELS_PER_STEP) this.#nextChannel = 0;
    return false;
  }

  /** Most channels have nothing that is too old: their first row alone is looked at. */
  #trimAge(channel: number, { cutoff, limit }: { cutoff: number; limit: number }): number {
    const first = this.#statements.firstRow.get(channel);
    if (first === undefined || Number(first["time"]) > cutoff) return 0;
    const aged = this.#statements.aged.get(channel, limit, cutoff);
    const [begin, last] = [Number(first["offset"]), Number(aged?.["last"] ?? 0)];
    this.#delete(channel, last + 1);
    return last - begin + 1;
  }

  /** Deletes what is older than offset `end`; the channel's row keeps the top for when nothing is left. */
  #delete(channel: number, end: number): void {
    this.#statements.keepTop.run(channel, channel);
    this.#statements.delete.run(channel, end);
    if (this.#first.size >= MAX_REMEMBERED) this.#first.clear();
    this.#first.set(channel, end);
  }
}

function prepareStatements(db: Database) {
  return {
    first: db.prepare("SELECT min(offset) AS first FROM publications WHERE channel = ?"),
    firstRow: db.prepare(
      "SELECT offset, time FROM publications WHERE channel = ? ORDER BY offset LIMIT 1",
    ),
    delete: db.prepare("DELETE FROM publications WHERE channel = ? AND offset < ?"),
    keepTop: db.prepare(
      "UPDATE channels SET top = max(top, coalesce(" +
        "(SELECT max(offset) FROM publications WHERE channel = ?), 0)) WHERE id = ?",
    ),
    channels: db.prepare("SELECT id FROM channels WHERE id > ? ORDER BY id LIMIT ?"),
    aged: db.prepare(
      "SELECT max(offset) AS last FROM (SELECT offset, time FROM publications " +
        "WHERE channel = ? ORDER BY offset LIMIT ?) WHERE time <= ?",
    ),
    deleteKeys: db.prepare(
      "DELETE FROM idempotency WHERE (channel, key) IN " +
        "(SELECT channel, key FROM idempotency WHERE expires <= ? ORDER BY expires LIMIT ?)",
    ),
  };
}
