import type { Bus, NodeTable, PresenceChange, PresenceStore } from "../../../server/cluster/mod.ts";
import { PRESENCE_TTL_MS } from "../../../server/cluster/mod.ts";
import type { ClientInfo } from "../../../server/publication.ts";

interface Expiring<T> {
  value: T;
  until: number;
}

/** Where nodes meet, in memory: what Redis does, with a clock of the test's. */
export class FakeMeetingPlace {
  nowMs = 0;
  /** How many commands the store was given. */
  writes = 0;
  kept = 0;
  /** Who wants to know of a loss that was made good. */
  readonly onReturn: (() => void)[] = [];
  readonly #cutOff = new Set<string>();
  readonly #topics = new Map<string, Map<string, (message: string) => void>>();
  readonly #nodes = new Map<string, Expiring<string>>();
  readonly #present = new Map<string, Expiring<Map<string, ClientInfo>>>();

  /** From now on nothing of a node goes in or out; what it had listened to it listens to later. */
  cut(uid: string): void {
    this.#cutOff.add(uid);
  }

  heal(uid: string): void {
    this.#cutOff.delete(uid);
  }

  /** Everything stored is gone. */
  forget(): void {
    this.#nodes.clear();
    this.forgetPresent();
  }

  /** Everything is gone that is stored of who is where. */
  forgetPresent(): void {
    this.#present.clear();
  }

  /** How many nodes listen to a topic. */
  listeners(topic: string): number {
    return this.#topics.get(topic)?.size ?? 0;
  }

  bus(uid: string): Bus {
    return {
      publish: (topic, message) =>
        this.#reach(uid, () => {
          const listeners = [...this.#topics.get(topic) ?? []]
            .filter(([each]) => !this.#cutOff.has(each));
          for (const [, listen] of listeners) queueMicrotask(() => listen(message));
          return listeners.length;
        }),
      subscribe: (topic, onMessage) => {
        const listeners = this.#topics.get(topic) ?? new Map();
        this.#topics.set(topic, listeners.set(uid, onMessage));
      },
      unsubscribe: (topic) => void this.#topics.get(topic)?.delete(uid),
    };
  }

  table(uid: string): NodeTable {
    return {
      beat: (self, about, ttlMs) =>
        this.#reach(uid, () => {
          this.#nodes.set(self, { value: about, until: this.nowMs + ttlMs });
          const living = [...this.#nodes].filter(([, { until }]) => until > this.nowMs);
          return new Map(living.map(([each, { value }]) => [each, value]));
        }),
      remove: (self) => this.#reach(uid, () => void this.#nodes.delete(self)),
    };
  }

  store(uid: string): PresenceStore {
    return {
      write: (changes) => this.#reach(uid, () => changes.forEach((each) => this.#write(uid, each))),
      keep: (channels) => this.#reach(uid, () => channels.map((each) => this.#keep(uid, each))),
      read: (channel, nodes) =>
        this.#reach(uid, () => new Map(nodes.flatMap((node) => [...this.#read(node, channel)]))),
      count: (channel, nodes) =>
        this.#reach(uid, () => {
          const infos = nodes.flatMap((node) => [...this.#read(node, channel).values()]);
          return { clients: infos.length, users: new Set(infos.map(({ user }) => user)) };
        }),
    };
  }

  #reach<T>(uid: string, work: () => T): Promise<T> {
    if (this.#cutOff.has(uid)) return Promise.reject(new Error("Cannot reach the meeting place"));
    return Promise.resolve().then(work);
  }

  #write(uid: string, { channel, isWhole, present, absent }: PresenceChange): void {
    this.writes += 1;
    const key = `${uid} ${channel}`;
    const clients = isWhole ? new Map<string, ClientInfo>() : new Map(this.#read(uid, channel));
    for (const info of present) clients.set(info.client, info);
    for (const client of absent) clients.delete(client);
    if (clients.size === 0) this.#present.delete(key);
    else this.#present.set(key, { value: clients, until: this.nowMs + PRESENCE_TTL_MS });
  }

  #keep(uid: string, channel: string): number {
    this.kept += 1;
    const clients = this.#read(uid, channel);
    const entry = this.#present.get(`${uid} ${channel}`);
    if (entry !== undefined) entry.until = this.nowMs + PRESENCE_TTL_MS;
    return clients.size;
  }

  #read(uid: string, channel: string): Map<string, ClientInfo> {
    const entry = this.#present.get(`${uid} ${channel}`);
    return entry !== undefined && entry.until > this.nowMs ? entry.value : new Map();
  }
}
