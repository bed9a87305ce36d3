import type { ClientInfo } from "../publication.ts";
import type { Hub } from "./hub.ts";
import { Notice } from "./notice.ts";
import type { PresenceStats } from "./presence.ts";

/** A client's place in a channel, and what the channel's options say about telling of it. */
export interface Membership {
  readonly channel: string;
  readonly info: ClientInfo;
  /** Whether others may ask who is there. */
  readonly presence: boolean;
  /** Whether others are told of coming and going. */
  readonly joinLeave: boolean;
  /** Whether this client itself is told of others. */
  readonly wantsNotices: boolean;
}

/** What is known at once where there is one server, and has to be asked for where there are many. */
export type Asked<T> = T | Promise<T>;

/** Who is in which channel, and who is told of it. */
export interface Members {
  /** Others are told in a later turn of the event loop. */
  join(membership: Membership): void;
  /** `isQuiet` when everybody here is leaving: then nobody here is told. */
  leave(membership: Membership, options: { readonly isQuiet: boolean }): void;
  /** Everyone in a channel, by the client's id. Never rejects. */
  of(channel: string): Asked<ReadonlyMap<string, ClientInfo>>;
  /** How many that are. Never rejects. */
  stats(channel: string): Asked<PresenceStats>;
}

/** The members of channels of one server that stands alone. */
export class LocalMembers implements Members {
  readonly #hub: Pick<Hub, "presence" | "announce">;

  constructor(hub: Pick<Hub, "presence" | "announce">) {
    this.#hub = hub;
  }

  join({ channel, info, presence, joinLeave }: Membership): void {
    if (presence) this.#hub.presence.add(channel, info);
    if (joinLeave) this.#hub.announce(new Notice("join", channel, info));
  }

  leave({ channel, info, joinLeave }: Membership, { isQuiet }: { isQuiet: boolean }): void {
    // Whatever the options: they may have been others when it came.
    this.#hub.presence.remove(channel, info.client);
    if (joinLeave && !isQuiet) this.#hub.announce(new Notice("leave", channel, info));
  }

  of(channel: string): ReadonlyMap<string, ClientInfo> {
    return this.#hub.presence.of(channel);
  }

  stats(channel: string): PresenceStats {
    return this.#hub.presence.stats(channel);
  }

  /** Whether a user has a client in a channel. */
  hasUser(channel: string, user: string): boolean {
    return this.#hub.presence.has(channel, user);
  }
}

/** Goes on with what was asked for: at once where it is known at once. */
export function whenKnown<T, R>(asked: Asked<T>, use: (value: T) => R): Asked<R> {
  return asked instanceof Promise ? asked.then(use) : use(asked);
}
