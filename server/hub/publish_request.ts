import type { PublicationCounts } from "../metrics/mod.ts";
import type { Appended, Draft, Idempotency, Mark, Version } from "../history/mod.ts";
import type { ClientInfo, Payload, Publication } from "../publication.ts";
import type { Publishers } from "./publishers.ts";

/** A publication that someone wants made. */
export interface PublishRequest {
  readonly channel: string;
  readonly payload: Payload;
  readonly idempotency?: Idempotency;
  readonly version?: Version;
  /** What subscribers are told about who publishes. */
  readonly info?: ClientInfo;
  readonly tags?: Readonly<Record<string, string>>;
  /** Whether it goes past the log: it has no offset, and who is not there has missed it. */
  readonly isTransient?: boolean;
  /** Whether it is in the group of the request before it: all of it is stored, or nothing. */
  readonly isWithPrevious?: boolean;
  /** Whether it may be sent as the difference to the one before. */
  readonly hasDelta?: boolean;
  /** Who publishes, if it may be subscribed itself; see `Outgoing`. */
  readonly publisher?: object;
  /** Where it is counted what becomes of it. */
  readonly counts?: PublicationCounts;
  /** Told once, after storing and before delivery. What is not stored is not delivered. */
  readonly onAppended?: (appended: Appended) => void;
}

/**
 * What of a request the log has to know.
 *
 * @param publishers Where the publisher is given a number, if the log has to bring it along.
 */
export function draftOf(request: PublishRequest, time: number, publishers?: Publishers): Draft {
  const { channel, payload, idempotency, version, isWithPrevious } = request;
  return {
    ...{ channel, payload, time },
    ...(publishers !== undefined && { mark: markOf(request, publishers) }),
    ...(idempotency !== undefined && { idempotency }),
    ...(version !== undefined && { version }),
    ...(isWithPrevious === true && { isWithPrevious }),
    ...aboutOf(request),
  };
}

function markOf({ publisher, hasDelta }: PublishRequest, publishers: Publishers): Mark {
  return {
    ...(publisher !== undefined && { publisher: publishers.add(publisher) }),
    ...(hasDelta === true && { hasDelta }),
  };
}

/** What goes with the payload, where there is any. */
export function aboutOf({ info, tags }: PublishRequest): Pick<Publication, "info" | "tags"> {
  return { ...(info !== undefined && { info }), ...(tags !== undefined && { tags }) };
}
