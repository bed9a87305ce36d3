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
    bytes += contentSize(publication);
  }
  return { publications: page, hasMore: false };
}

/** Bytes of what a publication holds. Text counts UTF-16 units: an estimate. */
export function contentSize({ payload, info, tags }: Omit<Publication, "offset">): number {
  const size = payloadSize(payload);
  return info === undefined && tags === undefined ? size : size + aboutSize({ info, tags });
}

function aboutSize({ info, tags }: Pick<Publication, "info" | "tags">): number {
  let size = 0;
  if (info !== undefined) {
    const { user, client, connInfo = "", chanInfo = "" } = info;
    size += user.length + client.length + connInfo.length + chanInfo.length;
  }
  for (const [name, value] of Object.entries(tags ?? {})) size += name.length + value.length;
  return size;
}
