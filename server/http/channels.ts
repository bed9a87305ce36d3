import type { Flight } from "../../lifecycle/mod.ts";
import { accepts } from "@std/http/negotiation";
import { mayReadHistory, mayRecover, maySubscribe } from "../auth/mod.ts";
import { REFUSALS } from "../errors.ts";
import type { HistoryLog, HistoryPage } from "../history/mod.ts";
import type { Hub, ReplayStart } from "../hub/mod.ts";
import type { Counts } from "../metrics/mod.ts";
import { parsePosition, publicationJson } from "../protocol/mod.ts";
import type { Position } from "../publication.ts";
import { isChannelName } from "../publication.ts";
import type { Admission, Visit } from "./admission.ts";
import { noRoom } from "./admission.ts";
import { hasApiKey } from "./api_key.ts";
import type { Caller, HttpSettings } from "./caller.ts";
import { identifyCaller } from "./caller.ts";
import { notModified } from "./entity_tag.ts";
import { isMatch, MAX_PATTERN } from "./glob.ts";
import type { HistoryQuery } from "./query.ts";
import { parseHistoryQuery } from "./query.ts";
import { refuse } from "./refuse.ts";

/** What the channel routes need. */
export interface ChannelRoutes extends Admission {
  readonly hub: Hub;
  readonly log: HistoryLog;
  readonly counts: Counts;
  /** As of now. */
  readonly settings: () => HttpSettings;
  /** Told what broke; the client is told only that something did. */
  readonly onError: (error: unknown) => void;
}

/** Payload bytes of one page: who wants more reads on from the last offset. */
const MAX_PAGE_BYTES = 1_048_576;

/** Answers of the moment are not for caches. */
export const NO_STORE = { headers: { "cache-control": "no-store" } };

/** The channel a path segment names, or undefined if it names none. */
export function channelName(segment: string): string | undefined {
  try {
    const name = decodeURIComponent(segment);
    return isChannelName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** `GET /channels/<channel>`: a page of its history, or a stream, as `Accept` says. */
export async function readChannel(
  visit: Visit,
  { segment, flight }: { segment: string; flight: Flight },
  routes: ChannelRoutes,
): Promise<Response> {
  const { request } = visit;
  const channel = channelName(segment);
  if (channel === undefined) return refuse(REFUSALS.badChannel);
  const query = parseHistoryQuery(new URL(request.url).searchParams);
  if (query === undefined) return refuse(REFUSALS.badQuery);
  const caller = await identifyCaller(request, channel, routes.settings());
  if (caller.kind === "refused") return refuse(caller.refusal);
  const wanted = accepts(request, "application/json", "text/event-stream");
  if (wanted !== "text/event-stream") return history(request, { caller, query }, routes);
  return stream(visit, { caller, query, flight }, routes);
}

async function history(
  request: Request,
  { caller, query }: { caller: Caller; query: HistoryQuery },
  { log, onError }: ChannelRoutes,
): Promise<Response> {
  if (!mayRead(caller)) return refuse(REFUSALS.notAllowed);
  const { channel } = caller;
  try {
    return historyAnswer(request, {
      channel,
      query,
      page: await log.read(channel, { ...query, maxBytes: MAX_PAGE_BYTES }),
    });
  } catch (error) {
    onError(error);
    return refuse(REFUSALS.notReadable);
  }
}

function historyAnswer(
  request: Request,
  { channel, query, page }: { channel: string; query: HistoryQuery; page: HistoryPage },
): Response {
  const { since, epoch, isReverse } = query;
  const headers = new Headers({
    // no-transform: some runtimes compress by themselves, which blocks everyone for a large page.
    "cache-control": "no-cache, no-transform",
    "content-type": "application/json",
    vary: "Accept",
  });
  const unchanged = notModified(request, headers, etagOf(page));
  if (unchanged !== undefined) return unchanged;
  const { top: { epoch: topEpoch, offset }, publications } = page;
  const isReset = !isReverse && isLost({ since, epoch }, page);
  const head = JSON.stringify({
    channel,
    epoch: topEpoch,
    offset,
    ...(isReset && { reset: true }),
    ...(page.hasMore && { more: true }),
  });
  const list = publications.map(publicationJson).join(",");
  return new Response(`${head.slice(0, -1)},"publications":[${list}]}`, { headers });
}

/** Changes with what the page holds; a page without new publications is worth no bytes. */
function etagOf({ top, publications }: HistoryPage): string {
  const [first, last] = [publications[0]?.offset ?? 0, publications.at(-1)?.offset ?? 0];
  return `"${top.epoch}-${top.offset}-${first}-${last}"`;
}

/** Whether what lies between the reader's position and this page is not there any more. */
function isLost(
  { since, epoch }: { since: number | undefined; epoch: string | undefined },
  { top, publications }: HistoryPage,
): boolean {
  if (epoch !== undefined && epoch !== top.epoch) return true;
  if (since === undefined) return false;
  return since > top.offset || (publications[0]?.offset ?? top.offset + 1) !== since + 1;
}

function stream(
  visit: Visit,
  { caller, query, flight }: {
    caller: Caller;
    query: HistoryQuery;
    flight: Flight;
  },
  routes: ChannelRoutes,
): Response {
  const { channel, expiresAt, user } = caller;
  if (!mayJoin(caller)) return refuse(REFUSALS.notAllowed);
  const newcomer = { address: visit.address, user };
  const full = noRoom(newcomer, routes);
  if (full !== undefined) return refuse(full.refusal, full.headers);
  const wanted = streamStart(visit.request.headers.get("last-event-id"), query);
  if (wanted === undefined) return refuse(REFUSALS.badPosition);
  // Where nothing may be made up for, a reader that missed something is told so.
  const start = mayMakeUp(caller) || wanted.kind !== "since" ? wanted : { ...wanted, maxMissed: 0 };
  const place = routes.limits.enter(newcomer);
  const body = routes.sessions.openStream({ channel, user, start, flight, expiresAt, place });
  const headers = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    vary: "Accept",
    // nginx would hold events back until its buffer is full.
    "x-accel-buffering": "no",
  };
  return new Response(body, { headers });
}

/** A browser that comes back knows best where it was, whatever the address said at first. */
function streamStart(
  lastEventId: string | null,
  { since, epoch }: HistoryQuery,
): ReplayStart | undefined {
  if (lastEventId !== null && lastEventId !== "") {
    const position = parsePosition(lastEventId);
    return position === undefined ? undefined : { kind: "since", ...position };
  }
  return since === undefined ? { kind: "top" } : { kind: "since", offset: since, epoch };
}

/** Whether a caller may be sent what is published from now on. */
export function mayJoin(caller: Caller): boolean {
  return caller.hasGrant || maySubscribe(caller);
}

/** Whether a caller may read what was published before. */
export function mayRead(caller: Caller): boolean {
  return mayReadHistory({ ...caller, isSubscribed: false });
}

function mayMakeUp(caller: Caller): boolean {
  return caller.options.forceRecovery || mayRecover(caller);
}

/** Channels in one answer of `GET /channels`. */
const MAX_LISTED = 1_000;

/**
 * `GET /channels`: channels in use by name, of those that match `?pattern=`, where each stands, and
 * how many there are in all.
 */
export async function listChannels(
  request: Request,
  { hub, log, settings, onError }: ChannelRoutes,
): Promise<Response> {
  const { client, api } = settings();
  const query = new URL(request.url).searchParams;
  const key = hasApiKey(request, query, api);
  if (key !== "right" && !client.isInsecure) return refuse(REFUSALS.unauthorized);
  const pattern = query.get("pattern") ?? "*";
  if (pattern.length > MAX_PATTERN) return refuse(REFUSALS.badQuery);
  const matching = hub.channels().filter(({ channel }) => isMatch(channel, pattern));
  const inUse = matching.sort((a, b) => a.channel < b.channel ? -1 : 1);
  const listed = inUse.slice(0, MAX_LISTED);
  let tops: readonly Position[];
  try {
    tops = await log.tops(listed.map(({ channel }) => channel));
  } catch (error) {
    onError(error);
    return refuse(REFUSALS.notReadable);
  }
  const channels = listed.map((info, index) => ({ ...info, ...tops[index] }));
  return Response.json({ channels, total: inUse.length }, NO_STORE);
}
