import type { Place, UserConnections } from "../limits/mod.ts";
import { Places } from "../limits/mod.ts";
import type { Client } from "./client.ts";

/** Every connected client, found by its id and by its user; and how many others a user has. */
export class ClientRegistry implements UserConnections {
  readonly #byId = new Map<string, Client>();
  readonly #byUser = new Map<string, Set<Client>>();
  /** Connections of users that speak another protocol, and are no clients. */
  readonly #others = new Places();

  /** Connected clients. */
  get size(): number {
    return this.#byId.size;
  }

  /** Different users; all anonymous clients count as one. */
  get users(): number {
    return this.#byUser.size;
  }

  add(client: Client): void {
    this.#byId.set(client.id, client);
    const ofUser = this.#byUser.get(client.user) ?? new Set();
    this.#byUser.set(client.user, ofUser);
    ofUser.add(client);
  }

  /** Nothing happens if it is not there. */
  remove(client: Client): void {
    this.#byId.delete(client.id);
    const ofUser = this.#byUser.get(client.user);
    if (ofUser?.delete(client) === true && ofUser.size === 0) this.#byUser.delete(client.user);
  }

  /** The clients of a user; an array, so that they may be ended while it is walked. */
  ofUser(user: string): Client[] {
    return [...this.#byUser.get(user) ?? []];
  }

  /** Connections of a user, of whatever protocol. */
  connectionsOf(user: string): number {
    return (this.#byUser.get(user)?.size ?? 0) + this.#others.count(user);
  }

  /** Counts a connection of a user that is no client. */
  take(user: string): Place {
    return this.#others.take(user);
  }

  /** The client with an id. */
  find(id: string): Client | undefined {
    return this.#byId.get(id);
  }
}
