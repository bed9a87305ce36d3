import type { Client } from "./client.ts";

/** Every connected client, found by its id and by its user. */
export class ClientRegistry {
  readonly #byId = new Map<string, Client>();
  readonly #byUser = new Map<string, Set<Client>>();

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

  /** The client with an id. */
  find(id: string): Client | undefined {
    return this.#byId.get(id);
  }
}
