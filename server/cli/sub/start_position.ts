import type { Position } from "../../publication.ts";
import { requestUrl } from "../address.ts";
import { answeredJson } from "../refusal.ts";
import type { Failure, Reach } from "./client_stream.ts";
import { failureFrom, final, refusedAnswer } from "./client_stream.ts";

/** A channel, and as whom it is read. */
export interface ChannelAccess extends Reach {
  readonly channel: string;
  readonly token: string | undefined;
}

/** Where to begin. */
export type Found = {
  readonly kind: "found";
  readonly position: Position;
  /** Messages behind the wanted place that are not kept any more; Infinity for those of another epoch. */
  readonly gone: number;
};

/** The place from which the last `count` messages follow, as far as they are kept. */
export async function positionOfLast(
  access: ChannelAccess,
  count: number,
): Promise<Found | Failure> {
  const newest = await page(access, { reverse: "1" });
  if (newest.kind === "failed") return newest;
  const { epoch, offset } = newest.top;
  const found = await positionBehind(access, { epoch, offset: Math.max(0, offset - count) });
  // Fewer than were asked for is no loss.
  return found.kind === "found" ? { ...found, gone: 0 } : found;
}

/** A place, or the next one behind which everything is kept. */
export async function positionBehind(
  access: ChannelAccess,
  { epoch, offset }: Position,
): Promise<Found | Failure> {
  const kept = await page(access, { since: String(offset) });
  if (kept.kind === "failed") return kept;
  const isOther = (epoch !== "" && epoch !== kept.top.epoch) || offset > kept.top.offset;
  const first = isOther ? await page(access, { since: "0" }) : kept;
  if (first.kind === "failed") return first;
  const { top, firstOffset = top.offset + 1 } = first;
  return {
    kind: "found",
    position: { epoch: top.epoch, offset: firstOffset - 1 },
    gone: isOther ? Infinity : firstOffset - 1 - offset,
  };
}

interface Page {
  readonly kind: "page";
  readonly top: Position;
  /** Of the first message in it; undefined where there is none. */
  readonly firstOffset: number | undefined;
}

async function page(
  { url, client, signal, channel, token }: ChannelAccess,
  query: Readonly<Record<string, string>>,
): Promise<Page | Failure> {
  const address = requestUrl(url, `/channels/${encodeURIComponent(channel)}`);
  address.search = new URLSearchParams({ ...query, limit: "1" }).toString();
  try {
    const response = await fetch(address, {
      headers: {
        accept: "application/json",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(client !== undefined && { client }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    if (response.status !== 200) return await refusedAnswer(response);
    return pageOf(await answeredJson(response)) ?? final("what answers is no Midgard");
  } catch (error) {
    return failureFrom(error);
  }
}

function pageOf(body: unknown): Page | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { epoch, offset, publications } = body as Readonly<Record<string, unknown>>;
  const isPage = typeof epoch === "string" && typeof offset === "number" &&
    Array.isArray(publications);
  if (!isPage) return undefined;
  const first: unknown = publications[0]?.offset;
  const firstOffset = typeof first === "number" ? first : undefined;
  return { kind: "page", top: { epoch, offset }, firstOffset };
}
