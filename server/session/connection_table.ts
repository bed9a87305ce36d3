import type { ConnectionProtocol } from "../metrics/mod.ts";
import { ClientSession } from "./client_session.ts";
import { PlainSession } from "./plain_session.ts";
import type { CountedSession } from "./session_owner.ts";
import { StreamSession } from "./stream_session.ts";

/** What is known of one connection. */
export interface ConnectionInfo {
  /** Names it as long as it lasts, and nothing else after it. */
  readonly id: string;
  readonly protocol: ConnectionProtocol;
  /** Empty for an anonymous one, and before it is known. */
  readonly user: string;
  /** Its id in the Centrifuge protocol; empty for others. */
  readonly client: string;
  /** The first ten of the channels that it is subscribed to. */
  readonly channels: readonly string[];
  readonly channelCount: number;
  /** Milliseconds since 1970, UTC. */
  readonly openedAt: number;
  readonly queuedBytes: number;
}

/** Which connections are wanted. */
export interface ConnectionQuery {
  /** The id of the last one that was told. @default from the oldest on */
  readonly after?: string | undefined;
  readonly limit: number;
  /** Empty for anonymous ones. @default of every user */
  readonly user?: string | undefined;
  /** @default of every protocol */
  readonly protocol?: string | undefined;
}

/** Connections from the oldest on. */
export interface ConnectionPage {
  readonly connections: readonly ConnectionInfo[];
  /** Whether there are more of them. */
  readonly hasMore: boolean;
}

/** What is kept of a connection besides itself. */
interface Row {
  readonly number: number;
  readonly openedAt: number;
}

const MAX_CHANNELS_TOLD = 10;

/** Every connection, from the oldest to the newest, and the name that it is called by. */
export class ConnectionTable {
  /** A number of before a restart must not name somebody else. */
  readonly #prefix = crypto.randomUUID().slice(0, 8);
  readonly #rows = new Map<CountedSession, Row>();
  #last = 0;

  get size(): number {
    return this.#rows.size;
  }

  [Symbol.iterator](): Iterator<CountedSession> {
    return this.#rows.keys();
  }

  add(session: CountedSession): void {
    this.#rows.set(session, { number: ++this.#last, openedAt: Date.now() });
  }

  /** False if it is not there. */
  delete(session: CountedSession): boolean {
    return this.#rows.delete(session);
  }

  /** Some of them; looks at those before them, too. */
  page({ after, limit, user, protocol }: ConnectionQuery): ConnectionPage {
    const behind = after === undefined ? 0 : this.#numberOf(after);
    const connections: ConnectionInfo[] = [];
    for (const [session, row] of this.#rows) {
      if (row.number <= behind) continue;
      if (protocol !== undefined && session.traffic.protocol !== protocol) continue;
      if (user !== undefined && ownerOf(session).user !== user) continue;
      if (connections.length === limit) return { connections, hasMore: true };
      connections.push(this.#told(session, row));
    }
    return { connections, hasMore: false };
  }

  /** Ends the connection with an id; false if there is none, or if it is ending already. */
  expel(id: string): boolean {
    const wanted = this.#numberOf(id);
    for (const [session, { number }] of this.#rows) {
      if (number === wanted) return session.expel("forced");
    }
    return false;
  }

  #told(session: CountedSession, { number, openedAt }: Row): ConnectionInfo {
    return {
      ...{ id: `${this.#prefix}-${number}`, protocol: session.traffic.protocol },
      ...ownerOf(session),
      ...{ openedAt, queuedBytes: session.queuedBytes },
    };
  }

  /** Of what is no id, or one of another process: one that nothing has. */
  #numberOf(id: string): number {
    const [, prefix, number] = /^(\w{8})-([1-9]\d{0,15})$/.exec(id) ?? [];
    return prefix === this.#prefix ? Number(number) : Infinity;
  }
}

/** Whose a connection is, and what it is subscribed to. */
function ownerOf(
  session: CountedSession,
): Pick<ConnectionInfo, "user" | "client" | "channels" | "channelCount"> {
  if (session instanceof ClientSession) {
    const { user, id, subscriptions } = session.client;
    const channels = subscriptions.keys().take(MAX_CHANNELS_TOLD).toArray();
    return { user, client: id, channels, channelCount: subscriptions.size };
  }
  if (session instanceof PlainSession || session instanceof StreamSession) {
    const { user, channel } = session.about;
    return { user, client: "", channels: [channel], channelCount: 1 };
  }
  return { user: "", client: "", channels: [], channelCount: 0 };
}
