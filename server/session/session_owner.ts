import type { CloseOutcome, DrainableConnection } from "../../lifecycle/mod.ts";

/** A connection that is upgraded and not open yet. */
export interface ConnectingSession extends DrainableConnection {
  /** It was upgraded and never opened: gives it up if that is still so. */
  expire(): void;
}

/** What a session tells its owner. */
export interface SessionOwner {
  /** It connects no longer. */
  opened(session: ConnectingSession): void;
  /** A data frame came in; `isClosing` if our Close was already on its way. */
  received(isClosing: boolean): void;
  /** Called once, also when the peer was given up. */
  left(session: DrainableConnection, outcome: CloseOutcome): void;
  /** The peer did not answer our Close in time; `left` follows. */
  givenUp(): void;
  /** The connection's descriptor is free; for one that was given up this may never come. */
  released(): void;
}
