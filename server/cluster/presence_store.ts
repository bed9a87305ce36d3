import type { ClientInfo } from "../publication.ts";

/** What is new about one node's clients in one channel. */
export interface PresenceChange {
  readonly channel: string;
  /** Whether what is stored of this node in this channel goes first. */
  readonly isWhole: boolean;
  readonly present: readonly ClientInfo[];
  /** Ids of clients that have left. */
  readonly absent: readonly string[];
  /** Users without a client there any more. */
  readonly absentUsers: readonly string[];
}

/**
 * Who is where, for all nodes to read. Each node writes its own clients only; what it does not keep
 * up expires. Each call rejects within seconds where it cannot be carried out.
 */
export interface PresenceStore {
  /** Writes changes in their order, and keeps each channel for another while. */
  write(changes: readonly PresenceChange[]): Promise<void>;
  /** Keeps channels of this node for another while; gives how many clients each is stored with. */
  keep(channels: readonly string[]): Promise<readonly number[]>;
  /** Everyone that nodes have in a channel. */
  read(channel: string, nodes: readonly string[]): Promise<ReadonlyMap<string, ClientInfo>>;
  /** How many clients nodes have in a channel, and of which users. */
  count(channel: string, nodes: readonly string[]): Promise<PresenceCount>;
}

/** How many clients there are, and of which users. */
export interface PresenceCount {
  readonly clients: number;
  readonly users: ReadonlySet<string>;
}

/** How long an entry stays that its node does not keep up; Centrifugo's `presence_ttl`. */
export const PRESENCE_TTL_MS = 60_000;
