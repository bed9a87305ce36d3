import type { Protocol } from "../protocol/mod.ts";
import type { Position } from "../publication.ts";
import type { Delivery } from "./delivery.ts";
import type { Notice } from "./notice.ts";

/** Who receives a channel's publications, as the hub sees it. */
export interface Subscriber {
  /** What it speaks; subscribers that share it share the encoded frames. */
  readonly protocol: Protocol<unknown>;
  /**
   * Takes publications of one channel, in order, each exactly once. Must not throw, must not wait:
   * a subscriber that cannot keep up closes itself.
   */
  deliver(delivery: Delivery): void;
  /** Whether it is told who comes and goes. @default false */
  readonly wantsNotices?: boolean;
  /** Takes a notice, if it wants them; same rules as for {@linkcode deliver}. */
  notice?(notice: Notice): void;
  /** Told that the log now stands at a position, and may lack what lies before it. */
  moved?(position: Position): void;
  /** What is published cannot reach it, or cannot be read for it. */
  failed?(error: unknown): void;
}

/** A subscriber that can continue where it was. */
export interface ResumingSubscriber extends Subscriber {
  /** What follows continues from `position`; told once, before the first delivery. */
  begin(position: Position): void;
  /**
   * What lies between its last position and `position` is lost, or was never in this log: what
   * follows continues from there. A replay may lose its place more than once.
   */
  reset(position: Position): void;
  /** True once it wants nothing more: from then on it is told nothing. */
  readonly isGone: boolean;
  /** True when what it is given now would have to wait: it is caught up from the log instead. */
  readonly isFull: boolean;
  /** Resolves when it can take more, and when it has gone. */
  drained(): Promise<void>;
  /** All that was missed is delivered: what follows is live. May be told again after a stall. */
  caughtUp?(): void;
  /** The log could not be read; nothing follows. */
  failed(error: unknown): void;
}
