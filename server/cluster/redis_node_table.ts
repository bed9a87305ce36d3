import { hashTag, textOf } from "../redis/mod.ts";
import type { Reply } from "../redis/mod.ts";
import type { NodeTable } from "./node_registry.ts";
import type { RedisCommand, RedisCommands } from "./redis_commands.ts";
import { numberOf, textsOf } from "./redis_commands.ts";

/** The hash tag of all keys. */
const PLACE = "nodes";

/**
 * Nodes as one key each, which expires, and a set of their ids, from which those that have expired
 * are taken out by whoever comes across them. All keys have one hash tag.
 */
export class RedisNodeTable implements NodeTable {
  readonly #redis: RedisCommands;
  readonly #all: string;

  /** @param prefix Before every key; ends where the next part may begin. */
  constructor(redis: RedisCommands, prefix: string) {
    this.#redis = redis;
    this.#all = `${prefix}${hashTag(PLACE)}`;
  }

  async beat(uid: string, about: string, ttlMs: number): Promise<ReadonlyMap<string, string>> {
    const [, , members] = await this.#run([
      ["SET", this.#keyOf(uid), about, "PX", ttlMs],
      ["SADD", this.#all, uid],
      ["SMEMBERS", this.#all],
    ]);
    const uids = textsOf(members);
    const answers = await this.#run(uids.map((each) => ["GET", this.#keyOf(each)]));
    const living = new Map<string, string>();
    const expired: string[] = [];
    for (const [index, each] of uids.entries()) {
      const answer = answers[index];
      if (answer === undefined || answer === null) expired.push(each);
      else living.set(each, textOf(answer));
    }
    // One that has come back meanwhile says so again with its next beat.
    if (expired.length > 0) await this.#run([["SREM", this.#all, ...expired]]);
    return living;
  }

  async remove(uid: string): Promise<void> {
    const answers = await this.#run([["DEL", this.#keyOf(uid)], ["SREM", this.#all, uid]]);
    answers.forEach(numberOf);
  }

  #run(commands: readonly RedisCommand[]): Promise<readonly Reply[]> {
    return this.#redis.run(commands.map((command) => ({ place: PLACE, command })));
  }

  #keyOf(uid: string): string {
    return `${this.#all}:${uid}`;
  }
}
