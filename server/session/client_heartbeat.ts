import { CLIENT_DISCONNECTS } from "../protocol/mod.ts";
import type { ClientEnvironment, ClientLink } from "./client_environment.ts";
import type { WheelTimer } from "./timer_wheel.ts";

/**
 * Pings a client and ends the connection when it does not answer. Whatever else the client sends
 * is no answer.
 */
export class ClientHeartbeat {
  readonly #link: ClientLink;
  readonly #environment: ClientEnvironment;
  #timer: WheelTimer | undefined;
  #isAwaitingPong = false;

  constructor(link: ClientLink, environment: ClientEnvironment) {
    this.#link = link;
    this.#environment = environment;
  }

  /** The first ping comes after half of the interval to all of it, so that clients do not meet. */
  start(): void {
    if (!this.#link.hasPings) return;
    const { pingIntervalMs } = this.#environment.settings().client;
    this.#after(pingIntervalMs * (0.5 + Math.random() / 2), () => this.#ping());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Takes an answer; false if none was asked for. */
  pong(): boolean {
    if (!this.#isAwaitingPong) return false;
    this.#isAwaitingPong = false;
    return true;
  }

  #ping(): void {
    const { pingIntervalMs, pongTimeoutMs } = this.#environment.settings().client;
    this.#isAwaitingPong = true;
    this.#link.send(this.#link.codec.encode({ kind: "ping" }));
    this.#after(pongTimeoutMs, () => {
      if (this.#isAwaitingPong) return this.#link.disconnect(CLIENT_DISCONNECTS.noPong);
      this.#after(pingIntervalMs - pongTimeoutMs, () => this.#ping());
    });
  }

  #after(delayMs: number, onTime: () => void): void {
    this.#timer = this.#environment.wheel.schedule(delayMs, onTime);
  }
}
