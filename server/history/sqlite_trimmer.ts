import type { Database } from "./sqlite_file.ts";
import type { RetentionOf } from "./history_log.ts";
import { keptSize } from "./history_log.ts";

type Row = Readonly<Record<string, unknown>>;

/** Options of {@linkcode SqliteTrimmer}. */
export interface SqliteTrimmerOptions {
  readonly retention: RetentionOf;
  /** Told when trimming begins to fail, with the error, and when it works again, with undefined. */
  readonly onTrimming: ((error: unknown) => void) | undefined;
  readonly now: () => number;
}

/** Rows that one step may delete: about 2 ms of work, between which publishing goes on. */
const ROWS_PER_STEP = 2_000;

/** Channels that one step looks at in their round. */
const CHANNELS_PER_STEP = 50;

/** While there is something to trim. */
const BUSY_MS = 1;

/** While there is not: how often the next few channels of the round are looked at. */
const IDLE_MS = 250;

/** After a failure: a full disk stays full for a while. */
const FAILED_MS = 1_000;

/** Channels whose first offset is remembered, and that wait to be trimmed. */
const MAX_REMEMBERED = 100_000;

/**
 * A channel is trimmed when it holds this many beyond its size: in runs, because deleting one row
 * for each row inserted would touch twice the pages.
 */
const SLACK = 256;

/**
 * Removes in the background what history need not keep: by size for channels that were published
 * to, by age in rounds over all, which also find what a channel need not keep any more because its
 * retention has changed. Readers never see what has not been removed yet.
 */
export class SqliteTrimmer {
  readonly #db: Database;
  readonly #options: SqliteTrimmerOptions;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** Channels that may hold too much, in the order of their turns. */
  readonly #grown = new Set<number>();
  /** Where each channel's log begins; a channel that is missing here has not been looked at. */
  readonly #first = new Map<number, number>();
  #nextChannel = 0;
  /** When the round goes on, on `performance.now()`'s clock. */
  #nextRoundAt = 0;
  #isFailing = false;
  #timer: ReturnType<typeof setTimeout>;

  constructor(db: Database, options: SqliteTrimmerOptions) {
    this.#db = db;
    this.#options = options;
    this.#statements = prepareStatements(db);
    this.#timer = setTimeout(() => this.#step(), IDLE_MS);
  }

  /** A channel's log now ends at `top`, and should keep `size` publications. */
  published({ id, top }: { readonly id: number; readonly top: number }, size: number): void {
    const first = this.#first.get(id) ?? 1;
    if (top - first >= size + SLACK) this.#await(id);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** A channel holds what readers are not to see any more. */
  removed({ id }: { readonly id: number }): void {
    this.#await(id);
  }

  /** Above the bound a channel waits for its turn in the round. */
  #await(channel: number): void {
    if (this.#grown.size >= MAX_REMEMBERED) return;
    if (this.#grown.size === 0) this.#schedule(BUSY_MS);
    this.#grown.add(channel);
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#step(), afterMs);
  }

  /** The round goes on however busy size is: a channel that never rests holds up no other. */
  #step(): void {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const hasGrown = this.#trimGrown();
      if (performance.now() >= this.#nextRoundAt) {
        const hasMore = [this.#trimKeys(), this.#trimNext()].includes(true);
        this.#nextRoundAt = performance.now() + (hasMore ? BUSY_MS : IDLE_MS);
      }
      this.#db.exec("COMMIT");
      this.#tellFailure(undefined);
      const roundInMs = Math.max(BUSY_MS, this.#nextRoundAt - performance.now());
      this.#schedule(hasGrown ? BUSY_MS : roundInMs);
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
    const [id] = this.#grown;
    if (id === undefined) return false;
    const channel = this.#statements.channel.get(id);
    const limit = ROWS_PER_STEP;
    if (channel !== undefined && this.#trim(channel, { limit, slack: 0 }) >= limit) return true;
    this.#grown.delete(id);
    return this.#grown.size > 0;
  }

  /** Looks at the next few channels of the round; true if one holds more than a step deletes. */
  #trimNext(): boolean {
    const channels = this.#statements.channels.all(this.#nextChannel, CHANNELS_PER_STEP);
    let limit = ROWS_PER_STEP;
    for (const channel of channels) {
      limit -= this.#trim(channel, { limit, slack: SLACK });
      if (limit <= 0) return true;
      this.#nextChannel = Number(channel["id"]);
    }
    if (channels.length < CHANNELS_PER_STEP) this.#nextChannel = 0;
    return false;
  }

  /**
   * Deletes what a channel need not keep, the oldest first; gives how many. `slack` is how many may
   * stay beyond its size.
   */
  #trim(channel: Row, { limit, slack }: { limit: number; slack: number }): number {
    const [id, top] = [Number(channel["id"]), Number(channel["top"])];
    const held = this.#statements.held.get(id, id);
    if (held === undefined) {
      this.#begins(id, top + 1);
      return 0;
    }
    const [first, last] = [Number(held["offset"]), Number(held["last"])];
    const retention = this.#options.retention(String(channel["name"]));
    const size = keptSize(retention);
    const isTooLong = last - first >= size + (size === 0 ? 0 : slack);
    const removed = Number(channel["removed"]);
    let end = Math.max(first, removed + 1, isTooLong ? last - size + 1 : first);
    const cutoff = this.#options.now() - retention.ttlMs;
    // Most channels have nothing that is too old: their first row alone is looked at.
    if (Number(held["time"]) <= cutoff) end = Math.max(end, this.#youngFrom(id, { cutoff, limit }));
    end = Math.min(end, first + limit);
    if (end > first) this.#delete(id, end);
    this.#begins(id, end);
    return end - first;
  }

  /** The offset behind those of a channel's first `limit` publications that are too old. */
  #youngFrom(id: number, { cutoff, limit }: { cutoff: number; limit: number }): number {
    return Number(this.#statements.aged.get(id, limit, cutoff)?.["last"] ?? 0) + 1;
  }

  /** Deletes what is older than offset `end`; the channel's row keeps the top for when nothing is left. */
  #delete(id: number, end: number): void {
    this.#statements.keepTop.run(id, id);
    this.#statements.delete.run(id, end);
  }

  #begins(id: number, first: number): void {
    if (this.#first.size >= MAX_REMEMBERED) this.#first.clear();
    this.#first.set(id, first);
  }
}

function prepareStatements(db: Database) {
  return {
    channel: db.prepare("SELECT id, name, top, removed FROM channels WHERE id = ?"),
    channels: db.prepare(
      "SELECT id, name, top, removed FROM channels WHERE id > ? ORDER BY id LIMIT ?",
    ),
    held: db.prepare(
      "SELECT offset, time, (SELECT max(offset) FROM publications WHERE channel = ?) AS last " +
        "FROM publications WHERE channel = ? ORDER BY offset LIMIT 1",
    ),
    delete: db.prepare("DELETE FROM publications WHERE channel = ? AND offset < ?"),
    keepTop: db.prepare(
      "UPDATE channels SET top = max(top, coalesce(" +
        "(SELECT max(offset) FROM publications WHERE channel = ?), 0)) WHERE id = ?",
    ),
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
