import type { ClientInfo, Payload, Position, Publication } from "../publication.ts";

/** One publication on its way into the log. */
export interface Draft {
  readonly channel: string;
  readonly payload: Payload;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  readonly info?: ClientInfo;
  readonly tags?: Readonly<Record<string, string>>;
  /** Present if an older state must not be stored behind a newer one. */
  readonly version?: Version;
  /** Present if a repeat of this draft, or of the group that it begins, must not be stored twice. */
  readonly idempotency?: Idempotency;
  /**
   * Whether it belongs to the group of the draft before it, of the same channel: all of a group is
   * stored, or nothing. A group has at most {@linkcode MAX_GROUP} drafts, and the first one's
   * idempotency.
   */
  readonly isWithPrevious?: boolean;
  /** For a log that brings publications to several servers; the others have no use for it. */
  readonly mark?: Mark;
}

/** What of a draft those have to know who deliver its publication, and nobody who reads it. */
export interface Mark {
  /** Who published, as the server calls it at which the draft came in: 32 bits. */
  readonly publisher?: number;
  /** Whether it may be sent as the difference to the one before. */
  readonly hasDelta?: boolean;
}

/** Drafts in a group at most: it is stored in one step, in which nothing else happens. */
export const MAX_GROUP = 1_000;

/** Which state of a thing a draft describes; it is stored only if it is newer than the last one. */
export interface Version {
  /** 1 or more; with 0 a draft is stored as if it had no version. */
  readonly number: number;
  /** Versions of different epochs do not compare: another epoch is always newer. May be empty. */
  readonly epoch: string;
}

/** How a repeated draft, or group of drafts, is recognised. */
export interface Idempotency {
  /** Chosen by the publisher, unique within the channel; at most 255 characters. */
  readonly key: string;
  /** A digest of the payload, or of all in the group: the same key with another is a mistake. */
  readonly digest: string;
}

/** How long an idempotency key is remembered, in milliseconds. */
export const IDEMPOTENCY_TTL_MS = 300_000;

/** What became of a draft. */
export type Appended =
  | { readonly kind: "stored"; readonly position: Position }
  /** The same key and payload were stored before, there; nothing was stored now. */
  | { readonly kind: "repeated"; readonly position: Position }
  /** The same key was stored before with another payload; nothing was stored now. */
  | { readonly kind: "conflict" }
  /** A draft of this version or a newer one was stored before; nothing was stored now. */
  | { readonly kind: "stale"; readonly position: Position }
  /** Nothing was kept, no offset was used; `reason` is for the log, not for clients. */
  | { readonly kind: "failed"; readonly reason: string };

/** What to read of a channel. */
export interface ReadOptions {
  /** Only what comes after this offset (with `isReverse`: before it). Absent: from the start or end. */
  readonly since?: number;
  /** At most so many, 1 or more. */
  readonly limit: number;
  /**
   * Bytes of payloads, `info` and `tags` after which the page ends; the first publication is read in
   * any case.
   * @default Infinity
   */
  readonly maxBytes?: number;
  /** Newest first. @default false */
  readonly isReverse?: boolean;
}

/** A part of a channel's log and where the log stood when it was read. */
export interface HistoryPage {
  /** The newest position: what a subscriber who has read it all continues from. */
  readonly top: Position;
  readonly publications: readonly Publication[];
  /** Whether the page ended for its size, so that more is to be read behind it. */
  readonly hasMore: boolean;
}

/** How much is in a log. */
export interface HistoryUsage {
  readonly channels: number;
  /** In a file: its size. In memory: payloads and an estimate of what is around them. */
  readonly bytes: number;
}

/** How much of a channel is kept; both must be above 0 for anything to be kept. */
export interface Retention {
  readonly size: number;
  readonly ttlMs: number;
}

/**
 * How much is kept of each channel. Asked anew all the time, so that it may change its answers while
 * the log is open; it is quick and does not throw.
 */
export type RetentionOf = (channel: string) => Retention;

/** How many publications of a channel are kept at most: none where either bound is 0. */
export function keptSize({ size, ttlMs }: Retention): number {
  return ttlMs > 0 ? size : 0;
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
 * - give payloads back byte for byte, of the same kind, and `info` and `tags` to the letter; what a
 *   draft lacks, its publication lacks too;
 * - hand out no publication beyond what `retention` asks for its channel at that moment, and keep
 *   no more than a bounded amount beyond it; where nothing is kept, offsets and epoch go on;
 * - store the drafts of a group one directly behind the other, all of them or none, and answer each
 *   alike; a group in which one draft is stale is stale as a whole;
 * - remember an idempotency key for {@linkcode IDEMPOTENCY_TTL_MS}, within one batch too: once for a
 *   group, of which each draft of a repeat is answered with its own earlier position;
 * - store no draft of a {@linkcode Version} that is not newer than that of the last draft of its
 *   channel that had one, within one batch too, for as long as the channel's epoch stays; a repeated
 *   idempotency key is told before that, and a stale draft's key is not remembered;
 * - hand out nothing of a channel, from when `remove` was called, that was stored before; its epoch,
 *   offsets, versions and idempotency keys go on. A removal is as durable as what is stored.
 *
 * It MUST NOT
 * - store part of a draft, or a draft that it answers with `failed`;
 * - change anything that it was given or has handed out;
 * - reject a promise for an outcome that a value can tell: a rejection is a bug, or broken storage.
 *
 * The caller appends one batch at a time and waits for its answer.
 */
export interface HistoryLog {
  append(drafts: readonly Draft[]): Promise<readonly Appended[]>;
  /** A channel that was never published to is empty, with top offset 0. */
  read(channel: string, options: ReadOptions): Promise<HistoryPage>;
  /**
   * Deletes the publications of a channel; one that was never published to is fine.
   *
   * Rejects with an `Error` if it cannot be kept, as on a full disk: then nothing is removed, and it
   * may be tried again.
   */
  remove(channel: string): Promise<void>;
  /** Where each of `channels` stands now, in their order. */
  tops(channels: readonly string[]): Promise<readonly Position[]>;
  /** Cheap to ask, however many publications are in the log. */
  usage(): HistoryUsage;
  /** Finishes what was begun and lets go of files and connections; nothing is called after it. */
  close(): Promise<void>;
}
