import type { LocalMembers, Members, Membership, PresenceStats } from "../hub/mod.ts";
import { Notice } from "../hub/mod.ts";
import type { ClientInfo } from "../publication.ts";
import type { Bus } from "./bus.ts";
import { topicOfNotices } from "./bus.ts";
import { decodeMessage, encodeMessage } from "./message.ts";
import type { PresenceStore } from "./presence_store.ts";
import type { PresenceWriter } from "./presence_writer.ts";

/** Options of {@linkcode SharedMembers}. */
export interface SharedMembersOptions {
  /** This node's id. */
  readonly uid: string;
  readonly local: LocalMembers;
  readonly bus: Bus;
  readonly store: PresenceStore;
  readonly writer: Pick<PresenceWriter, "changed">;
  /** The ids of the other nodes that live; none while nothing is known of them. */
  readonly others: () => readonly string[];
  /** Tells those here who want to know. */
  readonly announce: (notice: Notice) => void;
  /** Told what could not be said or asked. */
  readonly onError: (error: unknown) => void;
}

/** Notices that may be on their way out at once; one more is dropped, as in a channel's backlog. */
const MAX_NOTICES = 1_024;

/**
 * The members of channels of all nodes. What concerns this node's clients is known and told at once;
 * of others it is asked, and where that fails only those here are shown.
 */
export class SharedMembers implements Members {
  readonly #options: SharedMembersOptions;
  /** How many here want to know, by channel. Bounded by the subscriptions that there are. */
  readonly #listeners = new Map<string, number>();
  #onTheWay = 0;

  constructor(options: SharedMembersOptions) {
    this.#options = options;
  }

  join(membership: Membership): void {
    const { local, writer } = this.#options;
    const { channel, info, presence, joinLeave, wantsNotices } = membership;
    if (wantsNotices) this.#listen(channel);
    local.join(membership);
    if (presence) writer.changed(channel, info);
    if (joinLeave) this.#tell("join", membership);
  }

  /** Others are told even when everybody here is leaving: they stay. */
  leave(membership: Membership, options: { readonly isQuiet: boolean }): void {
    const { local, writer } = this.#options;
    const { channel, info, joinLeave, wantsNotices } = membership;
    const wasPresent = local.of(channel).has(info.client);
    local.leave(membership, options);
    if (wasPresent) writer.changed(channel, info);
    if (joinLeave) this.#tell("leave", membership);
    if (wantsNotices) this.#listenNoMore(channel);
  }

  async of(channel: string): Promise<ReadonlyMap<string, ClientInfo>> {
    const { local, store } = this.#options;
    const here = () => local.of(channel);
    return await this.#withOthers(
      here,
      async (nodes) => new Map([...await store.read(channel, nodes), ...here()]),
    );
  }

  async stats(channel: string): Promise<PresenceStats> {
    const { local, store } = this.#options;
    const here = () => local.stats(channel);
    return await this.#withOthers(here, async (nodes) => {
      const { clients, users } = await store.count(channel, nodes);
      const own = here();
      const known = [...users].filter((user) => local.hasUser(channel, user)).length;
      return { clients: own.clients + clients, users: own.users + users.size - known };
    });
  }

  /** What is so on all nodes; where the others cannot be asked, or are none, what is so here. */
  async #withOthers<T>(here: () => T, ask: (nodes: readonly string[]) => Promise<T>): Promise<T> {
    const { others, onError } = this.#options;
    const nodes = others();
    if (nodes.length === 0) return here();
    try {
      return await ask(nodes);
    } catch (error) {
      onError(error);
      return here();
    }
  }

  #listen(channel: string): void {
    const count = this.#listeners.get(channel) ?? 0;
    this.#listeners.set(channel, count + 1);
    if (count > 0) return;
    const { bus, uid, announce } = this.#options;
    bus.subscribe(topicOfNotices(channel), (text) => {
      const message = decodeMessage(text);
      if (message?.kind !== "join" && message?.kind !== "leave") return;
      const isOurs = message.from === uid || message.channel !== channel;
      if (!isOurs) announce(new Notice(message.kind, channel, message.info));
    });
  }

  #listenNoMore(channel: string): void {
    const left = (this.#listeners.get(channel) ?? 0) - 1;
    if (left > 0) this.#listeners.set(channel, left);
    else if (this.#listeners.delete(channel)) {
      this.#options.bus.unsubscribe(topicOfNotices(channel));
    }
  }

  async #tell(kind: "join" | "leave", { channel, info }: Membership): Promise<void> {
    const { bus, uid: from, onError } = this.#options;
    if (this.#onTheWay >= MAX_NOTICES) return;
    this.#onTheWay += 1;
    try {
      await bus.publish(topicOfNotices(channel), encodeMessage({ kind, from, channel, info }));
    } catch (error) {
      onError(error);
    } finally {
      this.#onTheWay -= 1;
    }
  }
}
