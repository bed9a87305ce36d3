import type { ClientInfo } from "../publication.ts";

/** How many are present. */
export interface PresenceStats {
  readonly clients: number;
  /** Different users among them; all anonymous clients count as one. */
  readonly users: number;
}

const NOBODY: ReadonlyMap<string, ClientInfo> = new Map();

/** Who is in which channel, by the client's id. Bounded by the subscriptions that there are. */
export class Presence {
  readonly #channels = new Map<string, Map<string, ClientInfo>>();

  add(channel: string, info: ClientInfo): void {
    const present = this.#channels.get(channel) ?? new Map<string, ClientInfo>();
    this.#channels.set(channel, present);
    present.set(info.client, info);
  }

  remove(channel: string, client: string): void {
    const present = this.#channels.get(channel);
    if (present?.delete(client) === true && present.size === 0) this.#channels.delete(channel);
  }

  /** Everyone in a channel. */
  of(channel: string): ReadonlyMap<string, ClientInfo> {
    return this.#channels.get(channel) ?? NOBODY;
  }

  stats(channel: string): PresenceStats {
    const present = this.of(channel);
    const users = new Set([...present.values()].map(({ user }) => user));
    return { clients: present.size, users: users.size };
  }
}
