import { chunk } from "@std/collections/chunk";
import type { ClientInfo } from "../publication.ts";
import { hashTag } from "../redis/mod.ts";
import { decodeClientInfo } from "./message.ts";
import type { PresenceChange, PresenceCount, PresenceStore } from "./presence_store.ts";
import { PRESENCE_TTL_MS } from "./presence_store.ts";
import type { PlacedCommand, RedisCommand, RedisCommands } from "./redis_commands.ts";
import { numberOf, textsOf } from "./redis_commands.ts";

/** Entries in one command. */
const MAX_ENTRIES = 1_000;

/**
 * For each channel and node a hash of its clients and a set of their users, with the channel as the
 * hash tag. They expire as a whole: to keep up a channel takes the same for one client and for many.
 */
export class RedisPresenceStore implements PresenceStore {
  readonly #redis: RedisCommands;
  readonly #prefix: string;
  readonly #uid: string;

  /** @param prefix Before every key; ends where the next part may begin. */
  constructor(redis: RedisCommands, { prefix, uid }: { prefix: string; uid: string }) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#uid = uid;
  }

  async write(changes: readonly PresenceChange[]): Promise<void> {
    await this.#redis.run(
      changes.flatMap((change) => placed(change.channel, [...this.#commandsOf(change)])),
    );
  }

  async keep(channels: readonly string[]): Promise<readonly number[]> {
    const answers = await this.#redis.run(channels.flatMap((channel) => {
      const { clients, users } = this.#keysOf(channel, this.#uid);
      return placed(channel, [...keepBoth(clients, users), ["HLEN", clients]]);
    }));
    return channels.map((_channel, index) => numberOf(answers[3 * index + 2]));
  }

  async read(
    channel: string,
    nodes: readonly string[],
  ): Promise<ReadonlyMap<string, ClientInfo>> {
    const answers = await this.#redis.run(
      placed(channel, nodes.map((node) => ["HVALS", this.#keysOf(channel, node).clients])),
    );
    const present = new Map<string, ClientInfo>();
    for (const text of answers.flatMap((answer) => textsOf(answer))) {
      const info = decodeClientInfo(text);
      if (info !== undefined) present.set(info.client, info);
    }
    return present;
  }

  async count(channel: string, nodes: readonly string[]): Promise<PresenceCount> {
    const answers = await this.#redis.run(nodes.flatMap((node) => {
      const { clients, users } = this.#keysOf(channel, node);
      return placed(channel, [["HLEN", clients], ["SMEMBERS", users]]);
    }));
    const users = new Set<string>();
    let clients = 0;
    for (let at = 0; at < answers.length; at += 2) {
      clients += numberOf(answers[at]);
      for (const user of textsOf(answers[at + 1])) users.add(user);
    }
    return { clients, users };
  }

  *#commandsOf(change: PresenceChange): Generator<RedisCommand> {
    const { channel, isWhole, present, absent, absentUsers } = change;
    const { clients, users } = this.#keysOf(channel, this.#uid);
    if (isWhole) yield* [["DEL", clients], ["DEL", users]] as const;
    for (const some of chunk(present, MAX_ENTRIES)) {
      const entries = some.flatMap((info) => [info.client, JSON.stringify(info)]);
      yield ["HSET", clients, ...entries];
      yield ["SADD", users, ...some.map(({ user }) => user)];
    }
    for (const some of chunk(absent, MAX_ENTRIES)) yield ["HDEL", clients, ...some];
    for (const some of chunk(absentUsers, MAX_ENTRIES)) yield ["SREM", users, ...some];
    if (present.length > 0) yield* keepBoth(clients, users);
  }

  #keysOf(channel: string, node: string): { readonly clients: string; readonly users: string } {
    const clients = `${this.#prefix}${hashTag(channel)}:present:${node}:${channel}`;
    return { clients, users: `${clients}:users` };
  }
}

function keepBoth(clients: string, users: string): RedisCommand[] {
  return [["PEXPIRE", clients, PRESENCE_TTL_MS], ["PEXPIRE", users, PRESENCE_TTL_MS]];
}

function placed(channel: string, commands: readonly RedisCommand[]): PlacedCommand[] {
  return commands.map((command) => ({ place: channel, command }));
}
