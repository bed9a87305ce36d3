import { REFUSALS } from "../errors.ts";
import type { Appended, HistoryLog } from "../history/mod.ts";
import type { Hub } from "../hub/mod.ts";
import { isChannelName } from "../publication.ts";
import { readPayload } from "./body.ts";
import { refuse } from "./refuse.ts";

/** What the channel routes need. */
export interface ChannelRoutes {
  readonly hub: Hub;
  readonly log: HistoryLog;
  /** False once the closing has begun: what cannot be finished is not begun. */
  readonly isAccepting: () => boolean;
  readonly maxMessageBytes: number;
}

/** The channel a path segment names, or undefined if it names none. */
export function channelName(segment: string): string | undefined {
  try {
    const name = decodeURIComponent(segment);
    return isChannelName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** `POST /channels/<channel>`: 200 with the position, once the body is stored. */
export async function publish(
  request: Request,
  segment: string,
  { hub, isAccepting, maxMessageBytes }: ChannelRoutes,
): Promise<Response> {
  const channel = channelName(segment);
  if (channel === undefined) return refuse(REFUSALS.badChannel);
  if (!isAccepting()) return refuse(REFUSALS.stopping);
  if (hub.isOverloaded) return refuse(REFUSALS.overloaded);
  const body = await readPayload(request, { maxBytes: maxMessageBytes });
  if (body.kind === "refused") return refuse(body.refusal);
  if (!isAccepting()) return refuse(REFUSALS.stopping);
  const { payload } = body;
  const appended = await new Promise<Appended>((onAppended) =>
    hub.publish({ channel, payload, onAppended })
  );
  if (appended.kind === "failed") return refuse(REFUSALS.notStored);
  return Response.json(appended.position, NO_STORE);
}

/** Channels in one answer of `GET /channels`. */
const MAX_LISTED = 1_000;

/** `GET /channels`: channels in use by name, where each stands, and how many there are in all. */
export async function listChannels({ hub, log }: ChannelRoutes): Promise<Response> {
  const inUse = hub.channels().sort((a, b) => a.channel < b.channel ? -1 : 1);
  const listed = inUse.slice(0, MAX_LISTED);
  const tops = await log.tops(listed.map(({ channel }) => channel));
  const channels = listed.map((info, index) => ({ ...info, ...tops[index] }));
  return Response.json({ channels, total: inUse.length }, NO_STORE);
}

const NO_STORE = { headers: { "cache-control": "no-store" } };
