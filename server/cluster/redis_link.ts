import type { Command, RedisServer, RedisServers, Reply } from "../redis/mod.ts";
import { textOf } from "../redis/mod.ts";
import type { Bus } from "./bus.ts";
import type { RedisCommand, RedisCommands } from "./redis_commands.ts";
import { hashTagOf } from "./redis_commands.ts";

/** Commands and short texts over Redis servers, among which keys and topics are divided. */
export class RedisLink implements RedisCommands, Bus {
  readonly #servers: RedisServers;
  readonly #onError: (error: unknown) => void;
  readonly #topics = new Map<string, (message: string) => void>();

  /** @param onError Told of a topic that could not be listened to, although the server is up. */
  constructor(servers: RedisServers, { onError }: { onError: (error: unknown) => void }) {
    this.#servers = servers;
    this.#onError = onError;
    for (const server of servers.all) {
      server.onState((problem) => problem === undefined && this.#listenAgain(server));
    }
  }

  async run(commands: readonly RedisCommand[]): Promise<readonly Reply[]> {
    const byServer = new Map<RedisServer, number[]>();
    for (const [index, [, key]] of commands.entries()) {
      const server = this.#servers.of(hashTagOf(key));
      const indexes = byServer.get(server) ?? [];
      byServer.set(server, indexes);
      indexes.push(index);
    }
    const replies: Reply[] = new Array(commands.length);
    await Promise.all([...byServer].map(async ([server, indexes]) => {
      const outcomes = await server.callAll(indexes.map((index) => wordsOf(commands[index])));
      for (const [nth, index] of indexes.entries()) {
        const outcome = outcomes[nth];
        if (outcome?.kind === "error") throw outcome.error;
        replies[index] = outcome?.reply ?? null;
      }
    }));
    return replies;
  }

  async publish(topic: string, message: string): Promise<number> {
    const server = this.#servers.of(topic);
    return Number(await server.call("PUBLISH", server.channelPrefix + topic, message));
  }

  subscribe(topic: string, onMessage: (message: string) => void): void {
    this.#topics.set(topic, onMessage);
    this.#listen(this.#servers.of(topic), [topic]);
  }

  unsubscribe(topic: string): void {
    this.#topics.delete(topic);
    const server = this.#servers.of(topic);
    server.unsubscribe([server.channelPrefix + topic]);
  }

  #listenAgain(server: RedisServer): void {
    const topics = [...this.#topics.keys()].filter((each) => this.#servers.of(each) === server);
    if (topics.length > 0) this.#listen(server, topics);
  }

  /** One listener for each topic. What fails as the server is lost is made up for when it is back. */
  #listen(server: RedisServer, topics: readonly string[]): void {
    if (!server.isUp) return;
    for (const topic of topics) {
      const listener = (message: Uint8Array<ArrayBuffer>) =>
        this.#topics.get(topic)?.(textOf(message));
      server.subscribe([server.channelPrefix + topic], listener).catch((error) => {
        if (server.isUp) this.#onError(error);
      });
    }
  }
}

function wordsOf(command: RedisCommand | undefined): Command {
  const [name = "", ...words] = command ?? [];
  return [name, ...words.map(String)];
}
