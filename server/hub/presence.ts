import type { ClientInfo } from "../publication.ts";

/** How many are present. */
export interface PresenceStats {
  readonly clients: number;
  /** Different users among them; all anonymous clients count as one. */
  readonly users: number;
}

const NOBODY: ReadonlyMap<string, ClientInfo> = new Map();

interface Present {
  readonly clients: Map<string, ClientInfo>;
  /** How many of the clients each user has: to count users must not take a look at every client. */
  readonly users: Map<string, number>;
}

/** Who is in which channel, by the client's id. Bounded by the subscriptions that there are. */
export class Presence {
  readonly #channels = new Map<string, Present>();

  add(channel: string, info: ClientInfo): void {
    this.remove(channel, info.client);
    const present = this.#channels.get(channel) ?? { clients: new Map(), users: new Map() };
    this.#channels.set(channel, present);
    const { clients, users } = present;
    clients.set(info.client, info);
    users.set(info.user, (users.get(info.user) ?? 0) + 1);
  }

  remove(channel: string, client: string): void {
    const present = this.#channels.get(channel);
    const info = present?.clients.get(client);
    if (present === undefined || info === undefined) return;
    const { clients, users } = present;
    clients.delete(client);
    const left = (users.get(info.user) ?? 0) - 1;
    if (left > 0) users.set(info.user, left);
    else users.delete(info.user);
    if (clients.size === 0) this.#channels.delete(channel);
  }

  /** Everyone in a channel. */
  of(channel: string): ReadonlyMap<string, ClientInfo> {
    return this.#channels.get(channel)?.clients ?? NOBODY;
  }

  /** Whether a user has a client in a channel. */
  has(channel: string, user: string): boolean {
    return this.#channels.get(channel)?.users.has(user) === true;
  }

  /** Takes the same time however many are there. */
  stats(channel: string): PresenceStats {
    const present = this.#channels.get(channel);
    return { clients: present?.clients.size ?? 0, users: present?.users.size ?? 0 };
  }
}
