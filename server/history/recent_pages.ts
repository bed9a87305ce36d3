import type { HistoryPage, ReadOptions } from "./history_log.ts";

/** Pages that are kept: as many hot channels as come back at once, at most some MiB. */
const MAX_PAGES = 16;

/** A page may show what has become too old for no longer than this. */
const MAX_AGE_MS = 1_000;

/** The state of a channel that a page shows: another one makes another page. */
export interface PageState {
  readonly epoch: string;
  readonly top: number;
  readonly afterOffset: number;
}

interface RecentPage {
  readonly state: PageState;
  readonly readAt: number;
  readonly page: HistoryPage;
}

/**
 * Pages that were just read. After a restart everyone comes back and asks for the same few: the
 * first one reads, the others are given what it was.
 */
export class RecentPages {
  /** By channel and what was asked, oldest first. */
  readonly #pages = new Map<string, RecentPage>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The page as it was just read, or as `read` reads it now. */
  get(
    channel: string,
    options: ReadOptions,
    state: PageState,
    read: () => HistoryPage,
  ): HistoryPage {
    const { since, limit, maxBytes, isReverse } = options;
    // A page that is not bounded in bytes is too large to keep.
    if (maxBytes === undefined) return read();
    const key = `${channel} ${since} ${limit} ${maxBytes} ${isReverse}`;
    const recent = this.#pages.get(key);
    if (recent !== undefined && this.#isCurrent(recent, state)) return recent.page;
    const page = read();
    this.#pages.delete(key);
    this.#pages.set(key, { state, readAt: this.#now(), page });
    const [oldest = key] = this.#pages.keys();
    if (this.#pages.size > MAX_PAGES) this.#pages.delete(oldest);
    return page;
  }

  #isCurrent({ state, readAt }: RecentPage, { epoch, top, afterOffset }: PageState): boolean {
    const age = this.#now() - readAt;
    const isSame = state.epoch === epoch && state.top === top && state.afterOffset === afterOffset;
    return isSame && age >= 0 && age < MAX_AGE_MS;
  }
}
