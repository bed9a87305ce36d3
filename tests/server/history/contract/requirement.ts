import { assert, assertEquals } from "@std/assert";
import type {
  Appended,
  Draft,
  HistoryLog,
  HistoryPage,
  ReadOptions,
  Retention,
} from "../../../../server/history/mod.ts";
import type { Payload } from "../../../../server/publication.ts";

/** One sentence of the contract and its proof. */
export interface Requirement {
  /** Completes "<the log> ...". */
  readonly name: string;
  /** What differs from 1 000 publications for an hour. */
  readonly retention?: Partial<Retention>;
  readonly prove: (log: HistoryLog, tools: Tools) => Promise<void>;
}

/** What a proof has besides an empty log. */
export interface Tools {
  /** What the log takes for the time. */
  readonly clock: { now: number };
  /** What differs for a channel; may be changed while the log is open. */
  readonly kept: Map<string, Partial<Retention>>;
  /** Closes the log and opens it again, with another retention if given. Durable logs only. */
  readonly reopen: (retention?: Partial<Retention>) => Promise<HistoryLog>;
}

/** The time at which every proof begins. */
export const START_MS = 1_700_000_000_000;

/** A limit above everything that a proof stores. */
const ALL = { limit: 1_000_000 };

/** Reads a part of a channel; all of it unless `options` say less. */
export function read(
  log: HistoryLog,
  channel: string,
  options: Partial<ReadOptions> = {},
): Promise<HistoryPage> {
  return log.read(channel, { ...ALL, ...options });
}

/** A payload of text. */
export function text(value: string | number): Payload {
  return { kind: "text", text: `${value}` };
}

/** A draft of text, written at the start unless said otherwise. */
export function draft(channel: string, value: string | number, time = START_MS): Draft {
  return { channel, payload: text(value), time };
}

/** Appends `count` publications to `channel` in one batch; they say "1", "2" and so on. */
export async function fill(
  log: HistoryLog,
  channel: string,
  { count, time = START_MS }: { count: number; time?: number },
): Promise<void> {
  const drafts = Array.from({ length: count }, (_, index) => draft(channel, index + 1, time));
  const outcomes = await log.append(drafts);
  assertEquals(outcomes.filter(({ kind }) => kind !== "stored"), []);
}

/** The offsets that outcomes tell; `undefined` for what was not stored. */
export function offsetsOf(outcomes: readonly Appended[]): (number | undefined)[] {
  return outcomes.map((outcome) => outcome.kind === "stored" ? outcome.position.offset : undefined);
}

/** How a log answers a repeat of the draft that `first` was the outcome of. */
export function repeatOf(first: Appended | undefined): Appended {
  assert(first?.kind === "stored");
  return { kind: "repeated", position: first.position };
}

/** The offsets on a page. */
export function offsets(page: HistoryPage): number[] {
  return page.publications.map(({ offset }) => offset);
}

/** The texts on a page; a payload of another kind stands there as its kind. */
export function texts(page: HistoryPage): string[] {
  return page.publications.map(({ payload }) =>
    payload.kind === "text" ? payload.text : payload.kind
  );
}

/** The whole numbers from `first` to `last`. */
export function fromTo(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
