import type { HistoryLog, HistoryPage } from "../history/mod.ts";
import type { HistoryRequest, ReplyError, Results } from "../protocol/mod.ts";
import { COMMAND_ERRORS, wirePublication } from "../protocol/mod.ts";

/** How much one answer may hold. */
export interface HistoryBounds {
  /** Publications for a limit below 0. */
  readonly all: number;
  /** Publications for any limit. */
  readonly max: number;
  /** Payload bytes. */
  readonly maxBytes: number;
}

/** Whether a request asks for what comes before the beginning. */
export function isBeforeFirst({ since, reverse = false }: HistoryRequest): boolean {
  return reverse && since !== undefined && (since.offset ?? 0) === 0;
}

/** Answers a request for a channel's history, of a client as of the server API. */
export async function readHistory(
  log: HistoryLog,
  request: HistoryRequest & { readonly channel: string },
  bounds: HistoryBounds,
): Promise<
  | { readonly kind: "result"; readonly result: Results["history"] }
  | { readonly kind: "refused"; readonly error: ReplyError }
> {
  const { top, publications } = await readPage(log, request, bounds);
  const epoch = request.since?.epoch ?? "";
  if (epoch !== "" && epoch !== top.epoch) {
    return { kind: "refused", error: COMMAND_ERRORS.unrecoverablePosition };
  }
  const wire = publications.map((each) => wirePublication(each, { hasHistory: true }));
  return { kind: "result", result: { publications: wire, ...top } };
}

/** A limit of 0 asks for the position only, one below 0 for as many as there may be. */
async function readPage(
  log: HistoryLog,
  { channel, limit = 0, since, reverse: isReverse = false }: HistoryRequest & { channel: string },
  { all, max, maxBytes }: HistoryBounds,
): Promise<HistoryPage> {
  if (limit === 0) {
    const [top = { epoch: "", offset: 0 }] = await log.tops([channel]);
    return { top, publications: [], hasMore: false };
  }
  return await log.read(channel, {
    limit: limit < 0 ? all : Math.min(limit, max),
    ...{ maxBytes, isReverse },
    ...(since !== undefined && { since: since.offset ?? 0 }),
  });
}
