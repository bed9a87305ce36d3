import type { Protocol } from "../protocol/mod.ts";
import type { Delivery } from "./delivery.ts";

/** Who receives a channel's publications, as the hub sees it. */
export interface Subscriber {
  /** What it speaks; subscribers that share it share the encoded frames. */
  readonly protocol: Protocol<unknown>;
  /**
   * Takes publications of one channel, in order, each exactly once. Must not throw, must not wait:
   * a subscriber that cannot keep up closes itself.
   */
  deliver(delivery: Delivery): void;
}
