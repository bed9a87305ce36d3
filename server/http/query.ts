/** What the query of a channel's address asks for. */
export interface HistoryQuery {
  readonly since: number | undefined;
  readonly epoch: string | undefined;
  /** 1 to 1000. */
  readonly limit: number;
  readonly isReverse: boolean;
}

/** Publications in one page, unless the reader says otherwise, and at most. */
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** Reads `since`, `epoch`, `limit` and `reverse`; undefined if one of them is not what it must be. */
export function parseHistoryQuery(query: URLSearchParams): HistoryQuery | undefined {
  const since = wholeNumber(query.get("since"), undefined);
  const limit = wholeNumber(query.get("limit"), DEFAULT_LIMIT);
  if (since === "bad" || limit === "bad" || limit === undefined) return undefined;
  if (limit < 1 || limit > MAX_LIMIT) return undefined;
  const isReverse = isSet(query.get("reverse"));
  return { since, epoch: query.get("epoch") ?? undefined, limit, isReverse };
}

/** Whether a switch is on: `?reverse`, whatever its value is but for `0` and `false`. */
export function isSet(value: string | null): boolean {
  return value !== null && value !== "0" && value !== "false";
}

/** The query of an address; most have none, and need not be taken apart. */
export function queryOf(url: string): URLSearchParams {
  return url.includes("?") ? new URL(url).searchParams : NO_QUERY;
}

/** Read only. */
const NO_QUERY = new URLSearchParams();

/** A whole number of 0 or more, the default where there is none, or `bad`. */
export function wholeNumber<T>(text: string | null, otherwise: T): number | T | "bad" {
  if (text === null) return otherwise;
  return /^\d{1,15}$/.test(text) ? Number(text) : "bad";
}
