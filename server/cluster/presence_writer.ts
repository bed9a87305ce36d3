import { chunk } from "@std/collections/chunk";
import { setImmediate } from "node:timers";
import type { Presence } from "../hub/mod.ts";
import type { ClientInfo } from "../publication.ts";
import type { PresenceChange, PresenceStore } from "./presence_store.ts";
import type { Wheel } from "./wheel.ts";

/** Options of {@linkcode PresenceWriter}. */
export interface PresenceWriterOptions {
  readonly store: PresenceStore;
  /** Who is here. */
  readonly presence: Presence;
  readonly wheel: Wheel;
  /** Told what could not be written; it is made up for. */
  readonly onError: (error: unknown) => void;
}

/** Within so many seconds every channel is kept up once: a part of them in each. */
export const KEEP_SLOTS = 25;

/** How often the next part is kept up. */
const SLOT_MS = 1_000;

/** Channels, and changed clients, in one round trip. */
const MAX_BATCH = 1_000;

/** Channels without anybody left that are remembered to be deleted; more expire by themselves. */
const MAX_LEFT = 10_000;

/**
 * Writes who is here to where all nodes read it. What changes in one turn of the event loop is
 * written in one go, whatever is written already goes on living with one command for each channel,
 * and where writing fails the channels concerned are written anew as a whole, as soon as it works.
 */
export class PresenceWriter {
  readonly #options: PresenceWriterOptions;
  /** Clients that changed, with their users, by channel. Bounded by who comes and goes in a turn. */
  #changed = new Map<string, Map<string, string>>();
  /** Channels of which nothing that is stored counts. */
  readonly #unsure = new Set<string>();
  readonly #slots = Array.from({ length: KEEP_SLOTS }, () => new Set<string>());
  readonly #slotOf = new Map<string, Set<string>>();
  #nextSlot = 0;
  #turn = 0;
  #writing: Promise<void> | undefined;
  #isFailing = false;
  #timer: { cancel(): void } | undefined;

  constructor(options: PresenceWriterOptions) {
    this.#options = options;
  }

  /** Keeps up from now on what is written. */
  start(): void {
    this.#timer = this.#options.wheel.schedule(SLOT_MS, () => {
      const slot = this.#slots[this.#turn % KEEP_SLOTS];
      this.#turn += 1;
      this.#keep([...slot ?? []]).finally(() => this.#timer && this.start());
    });
  }

  /** A client came, went, or says something else of itself. */
  changed(channel: string, { client, user }: Pick<ClientInfo, "client" | "user">): void {
    const clients = this.#changed.get(channel) ?? new Map<string, string>();
    this.#changed.set(channel, clients);
    clients.set(client, user);
    this.#assign(channel);
    this.#write();
  }

  /** What is stored cannot be trusted, as the store was away: everything is written anew. */
  renew(): void {
    for (const channel of this.#slotOf.keys()) this.#doubt(channel);
    this.#isFailing = false;
    this.#write();
  }

  /** Writes what has changed and keeps up nothing any more. Safe to call twice. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#writing !== undefined) await this.#writing;
  }

  #assign(channel: string): void {
    if (this.#slotOf.has(channel)) return;
    const slot = this.#slots[this.#nextSlot % KEEP_SLOTS] ?? new Set();
    this.#nextSlot += 1;
    this.#slotOf.set(channel, slot);
    slot.add(channel);
  }

  #write(): void {
    if (this.#hasWork) this.#writing ??= this.#writeInTurns();
  }

  get #hasWork(): boolean {
    return !this.#isFailing && this.#changed.size + this.#unsure.size > 0;
  }

  async #writeInTurns(): Promise<void> {
    try {
      while (this.#hasWork) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        await this.#writeSome();
      }
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeSome(): Promise<void> {
    const changes = this.#take();
    try {
      await this.#options.store.write(changes);
    } catch (error) {
      // Until it is renewed, or the next part that is kept up shows that it works again.
      this.#isFailing = true;
      for (const { channel } of changes) this.#doubt(channel);
      this.#options.onError(error);
    }
  }

  /** What to write next; from now on it counts as written. */
  #take(): PresenceChange[] {
    const changes: PresenceChange[] = [];
    let clients = 0;
    for (const channel of this.#unsure) {
      if (clients >= MAX_BATCH) return changes;
      this.#changed.delete(channel);
      const change = this.#wholeOf(channel);
      changes.push(change);
      clients += 1 + change.present.length;
    }
    for (const [channel, changed] of this.#changed) {
      if (clients >= MAX_BATCH) return changes;
      this.#changed.delete(channel);
      changes.push(this.#changeOf(channel, changed));
      clients += changed.size;
    }
    return changes;
  }

  #wholeOf(channel: string): PresenceChange {
    this.#unsure.delete(channel);
    const present = [...this.#options.presence.of(channel).values()];
    if (present.length === 0) this.#forget(channel);
    return { channel, isWhole: true, present, absent: [], absentUsers: [] };
  }

  #changeOf(channel: string, changed: ReadonlyMap<string, string>): PresenceChange {
    const { presence } = this.#options;
    const here = presence.of(channel);
    if (here.size === 0) return this.#wholeOf(channel);
    const infos = [...changed.keys()].map((client) => here.get(client));
    return {
      channel,
      isWhole: false,
      present: infos.filter((info) => info !== undefined),
      absent: [...changed.keys()].filter((client) => !here.has(client)),
      absentUsers: [...new Set(changed.values())].filter((user) => !presence.has(channel, user)),
    };
  }

  #forget(channel: string): void {
    this.#slotOf.get(channel)?.delete(channel);
    this.#slotOf.delete(channel);
  }

  /** Nothing that is stored of a channel counts: it is written as a whole. */
  #doubt(channel: string): void {
    const isUsed = this.#options.presence.of(channel).size > 0;
    if (isUsed || this.#unsure.size < MAX_LEFT) this.#unsure.add(channel);
    if (isUsed) this.#assign(channel);
  }

  async #keep(channels: readonly string[]): Promise<void> {
    const { store, presence, onError } = this.#options;
    try {
      for (const some of chunk(channels, MAX_BATCH)) {
        const counts = await store.keep(some);
        for (const [index, channel] of some.entries()) {
          // What is on its way explains a difference, and will be looked at the next time.
          const isSettled = !this.#changed.has(channel) && this.#writing === undefined;
          const isRight = counts[index] === presence.of(channel).size;
          if (isSettled && !isRight) this.#doubt(channel);
        }
      }
      this.#isFailing = false;
      this.#write();
    } catch (error) {
      onError(error);
    }
  }
}
