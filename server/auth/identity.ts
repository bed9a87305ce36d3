import type { Payload } from "../publication.ts";

/** Who a client is. */
export interface Identity {
  /** Empty for anonymous clients. */
  readonly user: string;
  /** Unix seconds after which the connection is to be refreshed; undefined for never. */
  readonly expiresAt: number | undefined;
  /** What others are told of it, as JSON text. */
  readonly info: string | undefined;
  /** Channels it is subscribed to without asking, by name. */
  readonly subscriptions: ReadonlyMap<string, SubscriptionGrant>;
}

/** What a token, or the server API, says about one subscription. */
export interface SubscriptionGrant {
  /** Unix seconds after which the subscription is to be refreshed; undefined for never. */
  readonly expiresAt?: number;
  /** What others in the channel are told of it, as JSON text. */
  readonly info?: string;
  /** What the subscriber is told when it subscribes. */
  readonly data?: Payload;
  readonly override?: ChannelOverride;
}

/** Options of the channel that hold otherwise for one subscription. */
export interface ChannelOverride {
  readonly presence?: boolean;
  readonly joinLeave?: boolean;
  readonly forcePushJoinLeave?: boolean;
  readonly forcePositioning?: boolean;
  readonly forceRecovery?: boolean;
}

/** What a subscription token allows. */
export interface SubscriptionToken {
  readonly channel: string;
  readonly user: string;
  /** Undefined where it is for any connection of the user. */
  readonly client: string | undefined;
  readonly grant: SubscriptionGrant;
}

/**
 * What became of a token that was checked. The reason is for the log and never holds the token,
 * nor anything that it claims.
 */
export type Verified<T> =
  | { readonly kind: "valid"; readonly value: T }
  /** Properly signed, but not for this moment: a new one would do. */
  | { readonly kind: "expired" }
  | { readonly kind: "invalid"; readonly reason: string }
  /** The server cannot check it now, which says nothing about the token: to be tried again. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** Checks tokens: the algorithm first, then the signature, and only then what they claim. */
export interface TokenVerifier {
  /** A token with a `channel` claim is not a connection token. Never rejects. */
  verifyConnection(token: string): Promise<Verified<Identity>>;
  /** Whether it fits channel, user and client is for the caller to compare. Never rejects. */
  verifySubscription(token: string): Promise<Verified<SubscriptionToken>>;
}
