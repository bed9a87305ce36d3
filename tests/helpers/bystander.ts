/** A client that does everything right while others do not: the official one. */
import { assertEquals } from "@std/assert";
import { Centrifuge, type Subscription } from "centrifuge";
import { waitFor } from "./wait.ts";

/** How often it publishes. */
const EVERY_MS = 20;

/** Publishes to itself, one number after another, until it is stopped. */
export class Bystander implements Disposable {
  readonly #client: Centrifuge;
  readonly #subscription: Subscription;
  readonly #received: number[] = [];
  /** Whatever should not happen to it. */
  readonly #troubles: string[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  #published = 0;
  #acknowledged = 0;
  #slowestMs = 0;

  /** @param token Of a user whom nobody else names. */
  constructor(port: number, token: string) {
    const websocket = WebSocket;
    const url = `ws://127.0.0.1:${port}/connection/websocket`;
    this.#client = new Centrifuge(url, { websocket, token, timeout: 30_000 });
    this.#subscription = this.#client.newSubscription("bystander");
    const note = (what: string) => (context: object) =>
      this.#troubles.push(`${what} ${JSON.stringify(context)}`);
    this.#client.on("disconnected", note("disconnected")).on("error", note("error"));
    this.#subscription.on("unsubscribed", note("unsubscribed")).on("error", note("error"));
    this.#subscription.on("publication", ({ data }) => this.#received.push(data.number));
    this.#subscription.on("subscribed", ({ wasRecovering }) => {
      if (wasRecovering) this.#troubles.push("subscribed anew");
    });
    this.#subscription.subscribe();
    this.#client.connect();
    this.#timer = setInterval(() => void this.#publish(), EVERY_MS);
  }

  /** Publications so far. */
  get count(): number {
    return this.#published;
  }

  /** Milliseconds that the slowest answer took. */
  get slowestMs(): number {
    return Math.round(this.#slowestMs);
  }

  /** Stops, and makes sure that everything arrived once and in order. */
  async finish(): Promise<void> {
    clearInterval(this.#timer);
    await waitFor(
      () => this.#received.length >= this.#published && this.#acknowledged >= this.#published,
      {
        what: `${this.#published} publications`,
        explain: () => `${this.#received.length} came, ${this.#acknowledged} were acknowledged`,
      },
    );
    assertEquals(this.#troubles, []);
    assertEquals(this.#received, Array.from({ length: this.#published }, (_, index) => index));
    this.#client.disconnect();
  }

  async #publish(): Promise<void> {
    const startedAt = performance.now();
    try {
      await this.#subscription.publish({ number: this.#published++ });
      this.#acknowledged += 1;
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
    } catch (error) {
      this.#troubles.push(`publish ${JSON.stringify(error)}`);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#subscription.removeAllListeners();
    this.#client.removeAllListeners();
    this.#client.disconnect();
  }
}
