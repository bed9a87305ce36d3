import type { Position, Publication } from "../publication.ts";
import type { Appended, Draft } from "./history_log.ts";

/**
 * What stands beside a log that several servers share. Whoever stored a publication, each server
 * is brought it by the log, its own ones as well: so the order in a channel is the same everywhere.
 */
export interface Broker {
  /** Tells from now on who is to be brought things; called once, before anything else. */
  listen(receiver: BrokerReceiver): void;
  /** Begins to bring what is published in a channel. Safe to call again after {@linkcode leave}. */
  join(channel: string): void;
  /**
   * Undefined where everything is brought already that is stored from now on, else a promise: true
   * once it is, false if it cannot be at the moment.
   */
  joined(channel: string): Promise<boolean> | undefined;
  /** Nothing of a channel is needed any more. */
  leave(channel: string): void;
  /** Resolves when all is brought that is stored by now, or when that takes too long. */
  settled(channel: string): Promise<void>;
  /** Sends drafts past the log to all servers; one outcome for each. */
  pass(drafts: readonly Draft[]): Promise<readonly Appended[]>;
}

/** A publication as it is brought. */
export interface Brought {
  readonly publication: Publication;
  /** Who published it, where that was at this very server: the number in the draft's mark. */
  readonly publisher: number | undefined;
  readonly hasDelta: boolean;
}

/** Whom a broker brings things. */
export interface BrokerReceiver {
  /** True while more is waiting than may: what can wait in the log is to wait there. */
  isBusy(): boolean;
  /** Takes publications of one channel, in order, each once. `epoch` is empty for those past the log. */
  take(channel: string, epoch: string, brought: readonly Brought[]): void;
  /** What lies between the last one taken and `position` is not there any more. */
  moved(channel: string, position: Position): void;
}
