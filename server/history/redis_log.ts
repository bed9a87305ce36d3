import { chunk } from "@std/collections/chunk";
import type { RedisServer, RedisServers, ScriptCall } from "../redis/mod.ts";
import { textOf } from "../redis/mod.ts";
import type { Position } from "../publication.ts";
import type {
  Appended,
  Draft,
  HistoryLog,
  HistoryPage,
  HistoryUsage,
  ReadOptions,
  RetentionOf,
} from "./history_log.ts";
import { pageOf } from "./page.ts";
import { RedisAppender } from "./redis_appender.ts";
import { RedisChannels } from "./redis_channels.ts";
import type { RedisEntry } from "./redis_record.ts";
import { decodeRecord } from "./redis_record.ts";
import { READ } from "./redis_scripts.ts";

/** Options of {@linkcode RedisLog}. */
export interface RedisLogOptions {
  /** Connected; closed with the log. */
  readonly servers: RedisServers;
  readonly retention: RetentionOf;
  /** Names this node: 8 characters, another one for each process. */
  readonly node: string;
  /** @default Date.now */
  readonly now?: () => number;
}

/** A page with what goes along with each publication to those who hear it live. */
export interface EntryPage extends Pick<HistoryPage, "top" | "hasMore"> {
  readonly entries: readonly RedisEntry[];
}

/** How often it is asked how much there is, and how soon after that much was added. */
const USAGE_MS = 5_000;
const SOON = { bytes: 131_072, ms: 10 };

/** Channels whose tops are asked for in one go. */
const TOPS_PER_GO = 500;

/**
 * History in Redis, shared by all nodes that name the same servers. Each channel has its place on one
 * of them; what is published to it in one turn is one step there.
 */
export class RedisLog implements HistoryLog {
  readonly channels: RedisChannels;
  readonly #servers: RedisServers;
  readonly #appender: RedisAppender;
  readonly #timer: ReturnType<typeof setInterval>;
  /** As of the last look, with what this node has added since. */
  #usage = { channels: 0, bytes: 0 };
  #addedBytes = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;

  private constructor({ servers, retention, node, now = Date.now }: RedisLogOptions) {
    this.#servers = servers;
    this.channels = new RedisChannels(servers, { retention, now });
    this.#appender = new RedisAppender({
      ...{ channels: this.channels, node, now },
      onAdded: (added) => this.#add(added),
    });
    this.#timer = setInterval(() => this.#lookAgain(), USAGE_MS);
  }

  /** Opens it, and looks how much there is. @throws {RedisError} */
  static async open(options: RedisLogOptions): Promise<RedisLog> {
    const log = new RedisLog(options);
    try {
      await log.#look();
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  async append(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    return await this.#appender.append(drafts);
  }

  async read(channel: string, options: ReadOptions): Promise<HistoryPage> {
    const { top, hasMore, entries } = await this.readEntries(channel, options);
    const page = pageOf(entries.map(({ publication }) => publication), options);
    return { top, publications: page.publications, hasMore: hasMore || page.hasMore };
  }

  /** As {@linkcode read}, with all that is known of each publication. */
  async readEntries(channel: string, options: ReadOptions): Promise<EntryPage> {
    const [page] = await this.#run([channel], options);
    return page ?? { top: { epoch: "", offset: 0 }, hasMore: false, entries: [] };
  }

  async remove(channel: string): Promise<void> {
    try {
      await this.#servers.of(channel).call("DEL", this.channels.key(channel, "log"));
    } catch (cause) {
      throw new Error(`Cannot remove the publications of channel ${channel}`, { cause });
    }
  }

  async tops(channels: readonly string[]): Promise<readonly Position[]> {
    const tops: Position[] = [];
    for (const some of chunk(channels, TOPS_PER_GO)) {
      const pages = await this.#run(some, { limit: 0 });
      tops.push(...pages.map(({ top }) => top));
    }
    return tops;
  }

  usage(): HistoryUsage {
    return { ...this.#usage };
  }

  close(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#servers.close();
    return Promise.resolve();
  }

  async #run(channels: readonly string[], options: ReadOptions): Promise<readonly EntryPage[]> {
    const outcomes = await this.#servers.run(
      channels.map((channel) => ({ place: channel, call: this.#callFor(channel, options) })),
    );
    return channels.map((channel, nth) => {
      const outcome = outcomes[nth];
      if (outcome?.kind !== "reply") throw outcome?.error ?? new Error("Redis gave no answer");
      const page = entryPageOf(outcome.reply as readonly Uint8Array<ArrayBuffer>[]);
      this.channels.see(channel, page.top);
      return page;
    });
  }

  #callFor(
    channel: string,
    { since, limit, maxBytes = Infinity, isReverse = false }: ReadOptions,
  ): ScriptCall {
    const { channels } = this;
    const args = [
      ...channels.args(channel),
      ...[since === undefined ? "" : String(since), String(limit)],
      ...[maxBytes === Infinity ? "inf" : String(maxBytes), isReverse ? "1" : "0"],
    ];
    const keys = [channels.key(channel, "meta"), channels.key(channel, "log")];
    return { script: READ, keys: [...keys, channels.counter(channel)], args };
  }

  #add({ channels, bytes }: HistoryUsage): void {
    this.#usage.channels += channels;
    this.#usage.bytes += bytes;
    this.#addedBytes += bytes;
    if (this.#addedBytes < SOON.bytes) return;
    this.#addedBytes = 0;
    this.#soon ??= setTimeout(() => this.#lookAgain(), SOON.ms);
  }

  /** One that fails is made good by the next; that Redis is away is told elsewhere. */
  #lookAgain(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#look().catch(() => {});
  }

  async #look(): Promise<void> {
    const all = await Promise.all(this.#servers.all.map(usageOf));
    this.#usage = {
      channels: all.reduce((sum, { channels }) => sum + channels, 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }
}

/** The memory is that of the whole Redis: it does not tell it apart. */
async function usageOf(server: RedisServer): Promise<HistoryUsage> {
  const [count, info] = await server.run([
    ["GET", `${server.prefix}:channels`],
    ["INFO", "memory"],
  ]);
  if (count?.kind !== "reply" || info?.kind !== "reply") {
    throw new Error(`Cannot ask ${server.name} how much it holds`);
  }
  const [, bytes = "0"] = /used_memory:(\d+)/.exec(textOf(info.reply)) ?? [];
  return { channels: Number(textOf(count.reply)), bytes: Number(bytes) };
}

function entryPageOf(
  [epoch, top, more, ...rest]: readonly Uint8Array<ArrayBuffer>[],
): EntryPage {
  const entries: RedisEntry[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const record = rest[at + 1];
    if (record !== undefined) entries.push(decodeRecord(record, Number(textOf(rest[at]))));
  }
  const position = { epoch: textOf(epoch), offset: Number(textOf(top)) };
  return { top: position, hasMore: textOf(more) === "1", entries };
}
