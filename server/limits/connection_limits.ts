import type { Refusal } from "../errors.ts";
import { REFUSALS } from "../errors.ts";
import type { Place } from "./places.ts";
import { Places } from "./places.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Bounds of {@linkcode ConnectionLimits}; 0 for none. */
export interface ConnectionBounds {
  /** Connections of one address at once. */
  readonly addressConnectionLimit: number;
  /** Connections of one user at once. */
  readonly userConnectionLimit: number;
  /** New connections in a second, of everybody together. */
  readonly connectionRateLimit: number;
}

/** Knows the connections of users, those included that it was not told of. */
export interface UserConnections {
  connectionsOf(user: string): number;
  /** Takes a place for one more, other than a client that it knows by itself. */
  take(user: string): Place;
}

/** Why there is no room, and how long to stay away. */
export interface NoRoom {
  readonly refusal: Refusal;
  readonly headers: { readonly "retry-after": string };
}

/** Whose a connection is. */
export interface Newcomer {
  /** One text for each client; see `clientKey`. */
  readonly address: string;
  /** Empty for who is anonymous, or not known yet. */
  readonly user?: string;
}

/** Others have to leave before there is room: seconds in which one might. */
const FULL_RETRY_S = 10;

/**
 * How many connections one address and one user may have, and how fast new ones may come. Whoever
 * is in counts until its connection is gone, whatever the bounds were when it came.
 */
export class ConnectionLimits {
  readonly #addresses = new Places();
  readonly #arrivals = new TokenBucket();
  readonly #bounds: () => ConnectionBounds;
  readonly #users: UserConnections;
  readonly #now: () => number;

  /** @param bounds As of now. */
  constructor(
    bounds: () => ConnectionBounds,
    users: UserConnections,
    now: () => number = () => performance.now(),
  ) {
    this.#bounds = bounds;
    this.#users = users;
    this.#now = now;
  }

  /** Addresses that have connections. */
  get addresses(): number {
    return this.#addresses.size;
  }

  /** Why a newcomer may not come in now; undefined if it may. Nothing is counted yet. */
  refusal({ address, user = "" }: Newcomer): NoRoom | undefined {
    const { addressConnectionLimit, userConnectionLimit } = this.#bounds();
    if (isReached(this.#addresses.count(address), addressConnectionLimit)) {
      return noRoom(REFUSALS.addressLimit, FULL_RETRY_S);
    }
    const ofUser = user === "" ? 0 : this.#users.connectionsOf(user);
    if (isReached(ofUser, userConnectionLimit)) return noRoom(REFUSALS.userLimit, FULL_RETRY_S);
    const waitMs = this.#arrivals.waitMs(1, this.#rate, this.#now());
    if (waitMs === 0) return undefined;
    return noRoom(REFUSALS.connectionRate, Math.ceil(waitMs / 1_000));
  }

  /** It is in; the place is given back when its connection is gone. */
  enter({ address, user = "" }: Newcomer): Place {
    this.#arrivals.take(1, this.#rate, this.#now());
    const place = this.#addresses.take(address);
    if (user === "") return place;
    const ofUser = this.#users.take(user);
    return {
      release() {
        place.release();
        ofUser.release();
      },
    };
  }

  get #rate() {
    const { connectionRateLimit } = this.#bounds();
    return { perSecond: connectionRateLimit, burst: Math.max(1, connectionRateLimit) };
  }
}

function isReached(count: number, limit: number): boolean {
  return limit > 0 && count >= limit;
}

function noRoom(refusal: Refusal, retryAfterS: number): NoRoom {
  return { refusal, headers: { "retry-after": String(retryAfterS) } };
}
