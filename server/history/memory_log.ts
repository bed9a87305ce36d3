import type { Position, Publication } from "../publication.ts";
import type {
  Appended,
  Draft,
  HistoryLog,
  HistoryPage,
  HistoryUsage,
  ReadOptions,
  Retention,
  RetentionOf,
  Version,
} from "./history_log.ts";
import { keptSize } from "./history_log.ts";
import { newEpoch } from "./epoch.ts";
import type { Group } from "./group.ts";
import { appendInGroups } from "./group.ts";
import { contentSize, pageOf } from "./page.ts";
import { RecentKeys } from "./recent_keys.ts";
import { isStale, versionOf } from "./staleness.ts";

/** Options of {@linkcode MemoryLog}. */
export interface MemoryLogOptions {
  readonly retention: RetentionOf;
  /**
   * Payload bytes kept over all channels. Above it the channels that were published to longest ago
   * are forgotten whole, and begin a new epoch. @default 268435456 (256 MiB)
   */
  readonly maxBytes?: number;
  /** @default Date.now */
  readonly now?: () => number;
}

interface ChannelLog {
  readonly epoch: string;
  /** A ring would save the moves; trimming in chunks makes them rare instead. */
  publications: Publication[];
  /** Index of the oldest one that still counts: those before it wait for the next chunk. */
  start: number;
  topOffset: number;
  /** Of the last draft that had one. */
  version: Version | undefined;
  bytes: number;
}

/** What an entry costs besides its payload: the objects that hold it. */
const ENTRY_BYTES = 128;

/** Keeps nothing. */
const NOTHING: Retention = { size: 0, ttlMs: 0 };

/** What a channel costs by merely existing. */
const CHANNEL_BYTES = 512;

/** History that lives as long as the process: for trying things out, and for what may be forgotten. */
export class MemoryLog implements HistoryLog {
  readonly #retention: RetentionOf;
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** In the order of their last publication, oldest first. */
  readonly #channels = new Map<string, ChannelLog>();
  readonly #repeats: RecentKeys;
  #bytes = 0;
  /** The epoch of channels that nobody has published to yet. */
  #epoch = newEpoch();

  constructor({ retention, maxBytes = 268_435_456, now = Date.now }: MemoryLogOptions) {
    this.#retention = retention;
    this.#maxBytes = maxBytes;
    this.#now = now;
    this.#repeats = new RecentKeys(now);
  }

  append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    return Promise.resolve(appendInGroups(drafts, (group) => this.#append(group)));
  }

  read(channel: string, options: ReadOptions): Promise<HistoryPage> {
    const log = this.#channels.get(channel);
    if (log !== undefined) this.#trim(log, this.#retention(channel));
    const page = pageOf(log === undefined ? [] : slice(log, options), options);
    return Promise.resolve({ top: this.#top(channel), ...page });
  }

  remove(channel: string): Promise<void> {
    const log = this.#channels.get(channel);
    if (log !== undefined) this.#trim(log, NOTHING);
    return Promise.resolve();
  }

  tops(channels: readonly string[]): Promise<readonly Position[]> {
    return Promise.resolve(channels.map((channel) => this.#top(channel)));
  }

  usage(): HistoryUsage {
    return { channels: this.#channels.size, bytes: this.#bytes };
  }

  close(): Promise<void> {
    this.#channels.clear();
    this.#bytes = 0;
    return Promise.resolve();
  }

  /** Gives what became of the first draft. */
  #append({ first, drafts }: Group): Appended {
    const { channel } = first;
    const earlier = this.#repeats.find(first);
    if (earlier !== undefined) return earlier;
    const last = this.#channels.get(channel)?.version;
    if (isStale(drafts, last)) return { kind: "stale", position: this.#top(channel) };
    for (const draft of drafts) this.#store(draft);
    const { epoch, offset } = this.#top(channel);
    const position = { epoch, offset: offset - drafts.length + 1 };
    this.#repeats.remember(first, position);
    return { kind: "stored", position };
  }

  #store(draft: Draft): void {
    const { channel } = draft;
    const log = this.#open(channel);
    log.topOffset += 1;
    this.#setVersion(log, versionOf(draft));
    const retention = this.#retention(channel);
    if (keptSize(retention) > 0) {
      const cost = ENTRY_BYTES + contentSize(draft);
      log.publications.push(publicationOf(draft, log.topOffset));
      log.bytes += cost;
      this.#bytes += cost;
    }
    this.#trim(log, retention);
    this.#forgetOldest(channel);
  }

  #setVersion(log: ChannelLog, version: Version | undefined): void {
    if (version === undefined) return;
    const grown = version.epoch.length - (log.version?.epoch.length ?? 0);
    log.bytes += grown;
    this.#bytes += grown;
    log.version = version;
  }

  /** Asking for a channel that nobody has published to leaves nothing behind. */
  #top(channel: string): Position {
    const log = this.#channels.get(channel);
    return { epoch: log?.epoch ?? this.#epoch, offset: log?.topOffset ?? 0 };
  }

  /** The channel's log, made if need be: what was published to last is forgotten last. */
  #open(channel: string): ChannelLog {
    const found = this.#channels.get(channel);
    const log = found ?? newChannel(this.#epoch);
    if (found === undefined) this.#bytes += log.bytes;
    this.#channels.delete(channel);
    this.#channels.set(channel, log);
    this.#forgetOldest(channel);
    return log;
  }

  #trim(log: ChannelLog, retention: Retention): void {
    const size = keptSize(retention);
    const oldestTime = this.#now() - retention.ttlMs;
    const end = log.publications.length;
    let freed = 0;
    for (; log.start < end; log.start += 1) {
      const oldest = log.publications[log.start];
      if (oldest === undefined) break;
      if (end - log.start <= size && oldest.time > oldestTime) break;
      freed += ENTRY_BYTES + contentSize(oldest);
    }
    log.bytes -= freed;
    this.#bytes -= freed;
    if (log.start === 0 || (log.start < end && log.start < Math.max(64, end / 2))) return;
    log.publications = log.publications.slice(log.start);
    log.start = 0;
  }

  #forgetOldest(except: string): void {
    if (this.#bytes <= this.#maxBytes) return;
    for (const [channel, log] of this.#channels) {
      if (this.#bytes <= this.#maxBytes) return;
      if (channel === except) continue;
      this.#channels.delete(channel);
      this.#bytes -= log.bytes;
      // Should it be used again, its offsets begin anew: positions of before must not fit.
      this.#epoch = newEpoch();
    }
  }
}

function newChannel(epoch: string): ChannelLog {
  const bytes = CHANNEL_BYTES;
  return { epoch, publications: [], start: 0, topOffset: 0, version: undefined, bytes };
}

/** Only with the fields that the draft has. */
function publicationOf({ time, payload, info, tags }: Draft, offset: number): Publication {
  if (info === undefined && tags === undefined) return { offset, time, payload };
  return { offset, time, payload, ...(info && { info }), ...(tags && { tags }) };
}

/** One more than the limit, if there are: so that the page knows of it. */
function slice(log: ChannelLog, { since, limit, isReverse = false }: ReadOptions): Publication[] {
  const first = log.topOffset - (log.publications.length - log.start) + 1;
  const indexOf = (offset: number) =>
    Math.min(log.publications.length, Math.max(log.start, log.start + offset - first));
  if (isReverse) {
    const end = since === undefined ? log.publications.length : indexOf(since);
    return log.publications.slice(Math.max(log.start, end - limit - 1), end).reverse();
  }
  const begin = since === undefined ? log.start : indexOf(since + 1);
  return log.publications.slice(begin, begin + limit + 1);
}
