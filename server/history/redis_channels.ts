import type { RedisServer, RedisServers, Word } from "../redis/mod.ts";
import { hashTag } from "../redis/mod.ts";
import type { Position } from "../publication.ts";
import { newEpoch } from "./epoch.ts";
import type { RetentionOf } from "./history_log.ts";
import { keptSize } from "./history_log.ts";

/** Channels whose position is remembered; above it those that were not used for longest are not. */
const MAX_KNOWN = 100_000;

/** A stream that nobody publishes to goes after so long, however long its publications are kept. */
const MAX_TTL_MS = 315_360_000_000;

/** What Redis is asked by: where a channel has its place there, and what is known of it. */
export class RedisChannels {
  readonly servers: RedisServers;
  readonly #retention: RetentionOf;
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #known = new Map<string, Position>();

  constructor(
    servers: RedisServers,
    { retention, now }: { readonly retention: RetentionOf; readonly now: () => number },
  ) {
    this.servers = servers;
    this.#retention = retention;
    this.#now = now;
  }

  /** Channels of which a position is known, on one server. */
  knownOn(server: RedisServer): string[] {
    return [...this.#known.keys()].filter((channel) => this.servers.of(channel) === server);
  }

  /** What this node has last seen of a channel. */
  known(channel: string): Position | undefined {
    return this.#known.get(channel);
  }

  /** Remembers what was seen; an answer that was overtaken does not count. */
  see(channel: string, position: Position): void {
    const before = this.#known.get(channel);
    const isOvertaken = before?.epoch === position.epoch && before.offset > position.offset;
    this.#known.delete(channel);
    this.#known.set(channel, isOvertaken ? before : position);
    if (this.#known.size <= MAX_KNOWN) return;
    for (const [oldest] of this.#known) {
      this.#known.delete(oldest);
      return;
    }
  }

  /** The channel of publish and subscribe on which it is told what is published. */
  topic(channel: string): string {
    return `${this.servers.of(channel).channelPrefix}${hashTag(channel)}`;
  }

  /** A key of a channel: all of one channel are in one slot of a cluster. */
  key(channel: string, name: string): string {
    return `${this.servers.of(channel).prefix}:${hashTag(channel)}:${name}`;
  }

  /** The key that counts the channels of a server. */
  counter(channel: string): string {
    return `${this.servers.of(channel).prefix}:channels`;
  }

  /** The arguments that every script begins with. */
  args(channel: string): Word[] {
    const { epoch, offset } = this.#known.get(channel) ?? { epoch: "", offset: 0 };
    const retention = this.#retention(channel);
    return [
      ...[this.topic(channel), "PUBLISH", epoch, String(offset), newEpoch()],
      String(keptSize(retention)),
      String(this.#now() - retention.ttlMs),
    ];
  }

  /** Milliseconds that a channel's publications may stay in Redis. */
  ttlMs(channel: string): number {
    return Math.max(1, Math.min(MAX_TTL_MS, Math.ceil(this.#retention(channel).ttlMs)));
  }
}
