import type { RedisServer, RedisServers, Reply } from "../redis/mod.ts";
import { textOf } from "../redis/mod.ts";
import type { Bus } from "./bus.ts";
import type { PlacedCommand, RedisCommands } from "./redis_commands.ts";

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

  async run(commands: readonly PlacedCommand[]): Promise<readonly Reply[]> {
    const calls = commands.map(({ place, command: [name, ...words] }) => {
      return { place, call: [name, ...words.map(String)] as const };
    });
    return (await this.#servers.run(calls)).map((outcome) => {
      if (outcome.kind === "error") throw outcome.error;
      return outcome.reply;
    });
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
