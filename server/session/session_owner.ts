import type { CloseOutcome, DrainableConnection } from "../../lifecycle/mod.ts";
import type { Disconnect } from "../errors.ts";
import type { Traffic } from "../metrics/mod.ts";

/** Why a connection is ended that did nothing wrong. */
export type ExpelCause = "tooSlow" | "forced";

/** A connection with what is counted of it. */
export interface CountedSession extends DrainableConnection {
  /** Where what it does is counted, with all others of its kind. */
  readonly traffic: Traffic;
  /** Bytes that wait for the peer to take them. */
  readonly queuedBytes: number;
  /**
   * Ends it for what waits for it, or because it was told to; false, and nothing changes, if it is
   * ending already: what the peer had sent before it knew still counts.
   */
  expel(cause: ExpelCause): boolean;
}

/** A connection that is upgraded and not open yet. */
export interface ConnectingSession extends CountedSession {
  /** It was upgraded and never opened: gives it up if that is still so. */
  expire(): void;
}

/** What a session tells its owner. */
export interface SessionOwner {
  /** It connects no longer. */
  opened(session: ConnectingSession): void;
  /** A data frame came in; `isClosing` if our Close was already on its way. */
  received(isClosing: boolean): void;
  /** Counts one message of it; gives the milliseconds by which it came too early, 0 if it may come. */
  earlyMs(session: CountedSession, bytes: number): number;
  /** It is sent a Close, or its stream is ended, for that reason. */
  disconnecting(disconnect: Disconnect): void;
  /** Called once, also when the peer was given up. */
  left(session: CountedSession, outcome: CloseOutcome): void;
  /** The peer did not answer our Close in time; `left` follows. */
  givenUp(): void;
  /** The connection's descriptor is free; for one that was given up this may never come. */
  released(): void;
}
