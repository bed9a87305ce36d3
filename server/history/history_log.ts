import type { Payload, Position, Publication } from "../publication.ts";

/** One publication on its way into the log. */
export interface Draft {
  readonly channel: string;
  readonly payload: Payload;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
}

/** What became of a draft. */
export type Appended =
  | { readonly kind: "stored"; readonly position: Position }
  /** Nothing was kept, no offset was used; `reason` is for the log, not for clients. */
  | { readonly kind: "failed"; readonly reason: string };

/** What to read of a channel. */
export interface ReadOptions {
  /** Only what comes after this offset (with `isReverse`: before it). Absent: from the start or end. */
  readonly since?: number;
  /** At most so many, 1 or more. */
  readonly limit: number;
  /** Newest first. @default false */
  readonly isReverse?: boolean;
}

/** A part of a channel's log and where the log stood when it was read. */
export interface HistoryPage {
  /** The newest position: what a subscriber who has read it all continues from. */
  readonly top: Position;
  readonly publications: readonly Publication[];
}

/** How much is in a log. */
export interface HistoryUsage {
  readonly channels: number;
  readonly publications: number;
}

/** How much of a channel is kept; both must be above 0 for anything to be kept. */
export interface Retention {
  readonly size: number;
  readonly ttlMs: number;
}

/**
 * Where publications are kept: per channel a log that is appended to at one end and trimmed at the
 * other.
 *
 * An implementation MUST
 * - give the publications of one channel offsets that start at 1 and grow by one, in the order of
 *   the drafts, with no gap ever, also after trimming emptied the channel;
 * - answer `append` with one outcome per draft, in their order, and only once they are as durable
 *   as it promises to be;
 * - keep a channel's epoch for as long as its offsets go on, and choose a new one when it cannot;
 * - let a `read` that begins after an `append` was answered see what that append stored;
 * - give payloads back byte for byte, of the same kind;
 * - keep what `retention` asks for and no more than a bounded amount beyond it.
 *
 * It MUST NOT
 * - store part of a draft, or a draft that it answers with `failed`;
 * - change anything that it was given or has handed out;
 * - reject a promise for an outcome that a value can tell: a rejection is a bug.
 *
 * The caller appends one batch at a time and waits for its answer.
 */
export interface HistoryLog {
  append(drafts: readonly Draft[]): Promise<readonly Appended[]>;
  /** A channel that was never published to is empty, with top offset 0. */
  read(channel: string, options: ReadOptions): Promise<HistoryPage>;
  /** Where each of `channels` stands now, in their order. */
  tops(channels: readonly string[]): Promise<readonly Position[]>;
  /** Kept as counters: asking costs nothing, whatever is in the log. */
  usage(): HistoryUsage;
  /** Finishes what was begun and lets go of files and connections; nothing is called after it. */
  close(): Promise<void>;
}
