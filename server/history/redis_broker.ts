import { chunk } from "@std/collections/chunk";
import { setImmediate } from "node:timers";
import type { RedisServer, RedisServers } from "../redis/mod.ts";
import type { Broker, BrokerReceiver } from "./broker.ts";
import type { Appended, Draft, RetentionOf } from "./history_log.ts";
import { keptSize } from "./history_log.ts";
import type { RedisLog } from "./redis_log.ts";
import { decodeMessage, encodePassed, positionOf } from "./redis_message.ts";
import { encodeRecord } from "./redis_record.ts";
import { RedisTopic } from "./redis_topic.ts";

/** Options of {@linkcode RedisBroker}. */
export interface RedisBrokerOptions {
  readonly servers: RedisServers;
  readonly log: RedisLog;
  readonly retention: RetentionOf;
  /** The node's name in records: that of the log. */
  readonly node: string;
  /** Told what failed although Redis is there; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** A channel in use at this node. */
interface InUse {
  readonly topic: RedisTopic;
  /** Undefined once everything is brought that is stored from then on. */
  joining: PromiseWithResolvers<boolean> | undefined;
}

/** What is read in one go to make good what was missed. */
const PAGE = { limit: 256, maxBytes: 262_144 };

/** Channels that are listened to with one command. */
const TOPICS_PER_COMMAND = 256;

/** How long a leaving subscriber waits for what is stored to be brought. */
const SETTLE_MS = 1_000;

/** How soon what failed although Redis is there is tried again. */
const RETRY_MS = 500;

/** Publications past the log that go into one message. */
const PASSED_PER_MESSAGE = 64;

/**
 * Brings what is published in the channels in use, by Redis's publish and subscribe: a channel is
 * listened to from its first subscriber to its last. When Redis was away, everything in use is
 * listened to anew and what was missed is read from the log.
 */
export class RedisBroker implements Broker {
  readonly #options: RedisBrokerOptions;
  readonly #inUse = new Map<string, InUse>();
  /** Channels that Redis has been told of. */
  readonly #listened = new Set<string>();
  /** Channels that came into use or went out of it in this turn. */
  readonly #changed = new Set<string>();
  readonly #settling = new Map<string, Promise<void>>();
  #isScheduled = false;
  #receiver: BrokerReceiver = { isBusy: () => false, take() {}, moved() {} };

  constructor(options: RedisBrokerOptions) {
    this.#options = options;
    for (const server of options.servers.all) {
      server.onState((problem) =>
        problem === undefined ? this.#restore(server) : this.#lose(server)
      );
    }
  }

  listen(receiver: BrokerReceiver): void {
    this.#receiver = receiver;
  }

  join(channel: string): void {
    const { log, node, retention } = this.#options;
    const topic = new RedisTopic({
      ...{ channel, node, receiver: this.#receiver },
      read: (since) => log.readEntries(channel, { ...PAGE, since }),
      keeps: () => keptSize(retention(channel)) > 0,
      onError: (error) => this.#failed(channel, error),
    });
    this.#inUse.set(channel, { topic, joining: Promise.withResolvers() });
    this.#change(channel);
  }

  joined(channel: string): Promise<boolean> | undefined {
    const inUse = this.#inUse.get(channel);
    if (!this.#options.servers.of(channel).isUp) return Promise.resolve(false);
    return inUse?.joining?.promise;
  }

  leave(channel: string): void {
    const inUse = this.#inUse.get(channel);
    if (inUse === undefined) return;
    this.#inUse.delete(channel);
    inUse.topic.end();
    inUse.joining?.resolve(false);
    this.#change(channel);
  }

  /** Those who ask in one turn share the answer. */
  settled(channel: string): Promise<void> {
    const found = this.#settling.get(channel);
    if (found !== undefined) return found;
    const settled = new Promise<void>((resolve) => {
      setImmediate(() => {
        this.#settling.delete(channel);
        this.#settle(channel).then(resolve);
      });
    });
    this.#settling.set(channel, settled);
    return settled;
  }

  async pass(drafts: readonly Draft[]): Promise<readonly Appended[]> {
    const { log, servers, node } = this.#options;
    const outcomes: Appended[] = drafts.map(() => ({
      kind: "stored",
      position: { epoch: "", offset: 0 },
    }));
    const byChannel = Map.groupBy(drafts.keys(), (place) => drafts[place]?.channel ?? "");
    await Promise.all([...byChannel].map(async ([channel, places]) => {
      for (const some of chunk(places, PASSED_PER_MESSAGE)) {
        const records = some.flatMap((place) => drafts[place] ?? []).map((draft) =>
          encodeRecord(draft, node)
        );
        const topic = log.channels.topic(channel);
        try {
          await servers.of(channel).call("PUBLISH", topic, encodePassed(records));
        } catch (error) {
          for (const place of some) outcomes[place] = { kind: "failed", reason: String(error) };
        }
      }
    }));
    return outcomes;
  }

  #change(channel: string): void {
    this.#changed.add(channel);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const changed = [...this.#changed];
      this.#changed.clear();
      const { servers } = this.#options;
      for (const [server, channels] of Map.groupBy(changed, (each) => servers.of(each))) {
        this.#tell(server, channels).catch(this.#options.onError);
      }
    });
  }

  /** Tells a server what is listened to now. */
  async #tell(server: RedisServer, channels: readonly string[]): Promise<void> {
    if (!server.isUp) return;
    const gone = channels.filter((each) => !this.#inUse.has(each) && this.#listened.has(each));
    for (const channel of gone) this.#listened.delete(channel);
    const { channels: names } = this.#options.log;
    for (const some of chunk(gone, TOPICS_PER_COMMAND)) {
      server.unsubscribe(some.map((each) => names.topic(each)));
    }
    const coming = channels.filter((each) => this.#inUse.has(each));
    for (const some of chunk(coming, TOPICS_PER_COMMAND)) {
      await this.#begin(server, some).catch((error) => {
        for (const channel of some) this.#failed(channel, error);
      });
    }
  }

  /**
   * Where the channels stand is asked at the same time as they are listened to, and what came in
   * between is read: nothing is missed from the moment on in which a subscriber came.
   */
  async #begin(server: RedisServer, channels: readonly string[]): Promise<void> {
    const { log } = this.#options;
    const fresh = channels.filter((each) => this.#inUse.get(each)?.topic.position === undefined);
    const unheard = channels.filter((each) => !this.#listened.has(each));
    for (const channel of unheard) this.#listened.add(channel);
    const [tops] = await Promise.all([
      log.tops(fresh),
      ...unheard.map((channel) => this.#listen(server, channel)),
    ]);
    for (const [nth, channel] of fresh.entries()) {
      const top = tops[nth];
      if (top !== undefined) this.#inUse.get(channel)?.topic.beginAt(top);
    }
    await Promise.all(channels.map(async (channel) => {
      const inUse = this.#inUse.get(channel);
      await inUse?.topic.catchUp();
      if (inUse?.topic.isCaughtUp !== true) return;
      inUse.joining?.resolve(true);
      inUse.joining = undefined;
    }));
  }

  async #listen(server: RedisServer, channel: string): Promise<void> {
    await server.subscribe([this.#options.log.channels.topic(channel)], (bytes) => {
      const message = decodeMessage(bytes);
      if (message === undefined) return;
      const position = positionOf(message);
      // Redis is told it later: where it has lost what was only heard here, this node knows.
      if (position !== undefined) this.#options.log.channels.see(channel, position);
      this.#inUse.get(channel)?.topic.hear(message);
    });
  }

  async #settle(channel: string): Promise<void> {
    const { log } = this.#options;
    const topic = this.#inUse.get(channel)?.topic;
    // Who cannot be asked brings nothing either.
    const [top] = await log.tops([channel]).catch(() => []);
    if (topic !== undefined && top !== undefined) await topic.reached(top.offset, SETTLE_MS);
  }

  #failed(channel: string, error: unknown): void {
    const server = this.#options.servers.of(channel);
    if (!server.isUp) return;
    this.#options.onError(error);
    this.#listened.delete(channel);
    setTimeout(() => this.#inUse.has(channel) && this.#change(channel), RETRY_MS);
  }

  #lose(server: RedisServer): void {
    for (const channel of this.#listened) {
      if (this.#options.servers.of(channel) === server) this.#listened.delete(channel);
    }
    for (const [channel, inUse] of this.#inUse) {
      if (this.#options.servers.of(channel) !== server) continue;
      inUse.joining?.resolve(false);
      inUse.joining = Promise.withResolvers();
    }
  }

  /** It may have lost data, also of channels that nobody here uses: looking finds out. */
  #restore(server: RedisServer): void {
    const { channels } = this.#options.log;
    // What fails here fails as Redis is away again, and is looked at when that has passed.
    this.#options.log.tops(channels.knownOn(server)).catch(() => {});
    for (const channel of this.#inUse.keys()) {
      if (this.#options.servers.of(channel) === server) this.#change(channel);
    }
  }
}
