import type { Publication } from "../publication.ts";
import { payloadSize } from "../publication.ts";
import type { HistoryPage, ReadOptions } from "./history_log.ts";

/** The first of `publications` that fit on a page, and whether there are more. */
export function pageOf(
  publications: Iterable<Publication>,
  { limit, maxBytes = Infinity }: Pick<ReadOptions, "limit" | "maxBytes">,
): Pick<HistoryPage, "publications" | "hasMore"> {
  const page: Publication[] = [];
  let bytes = 0;
  for (const publication of publications) {
    if (page.length >= limit || bytes >= maxBytes) return { publications: page, hasMore: true };
    page.push(publication);
    bytes += payloadSize(publication.payload);
  }
  return { publications: page, hasMore: false };
}
