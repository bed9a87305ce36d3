import type { Version } from "./history_log.ts";
import type { LogStatements } from "./sqlite_statements.ts";

/** A channel as its row in the file has it. */
export interface ChannelRow {
  readonly id: number;
  readonly epoch: string;
  /** The newest offset. */
  top: number;
  /** Up to this offset nothing is handed out. */
  removed: number;
  /** Of the last draft that had one. */
  version: Version | undefined;
}

/** Channels whose row is kept at hand; the others are looked up. */
const MAX_CACHED = 100_000;

/** The channels of a file by name, those used last at hand. */
export class SqliteChannels {
  readonly #statements: LogStatements;
  readonly #rows = new Map<string, ChannelRow>();
  /** The epoch of channels that nobody has published to yet. */
  readonly epoch: string;

  constructor(statements: LogStatements) {
    this.#statements = statements;
    this.epoch = String(statements.epoch.get()?.["value"]);
  }

  /** The channel's row, not to be changed; undefined if it was never published to. */
  find(channel: string): Readonly<ChannelRow> | undefined {
    const cached = this.#rows.get(channel);
    if (cached !== undefined) return cached;
    const found = this.#statements.findChannel.get(channel);
    if (found === undefined) return undefined;
    const row = {
      id: Number(found["id"]),
      epoch: String(found["epoch"]),
      top: Number(found["top"]),
      removed: Number(found["removed"]),
      version: decodeVersion(found["version"]),
    };
    this.remember(channel, row);
    return row;
  }

  /** A copy to write in, of a row that is made if need be: it counts once it is remembered. */
  copyOrMake(channel: string): ChannelRow {
    const row = this.find(channel);
    if (row !== undefined) return { ...row };
    const { lastInsertRowid } = this.#statements.insertChannel.run(channel, this.epoch);
    const id = Number(lastInsertRowid);
    return { id, epoch: this.epoch, top: 0, removed: 0, version: undefined };
  }

  /** Takes over what is now in the file. */
  remember(channel: string, row: ChannelRow): void {
    this.#rows.delete(channel);
    this.#rows.set(channel, row);
    if (this.#rows.size <= MAX_CACHED) return;
    for (const [oldest] of this.#rows) {
      this.#rows.delete(oldest);
      return;
    }
  }
}

/** It as a column's value: JSON, in which every number and every epoch comes back as it was. */
export function encodeVersion({ number, epoch }: Version): string {
  return JSON.stringify([number, epoch]);
}

/** The version that {@linkcode encodeVersion} stored. */
function decodeVersion(stored: unknown): Version | undefined {
  if (stored === null) return undefined;
  const [number, epoch] = JSON.parse(String(stored)) as [number, string];
  return { number, epoch };
}
