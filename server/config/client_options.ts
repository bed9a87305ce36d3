/** What holds for clients of the Centrifuge protocol; named and meant as Centrifugo's. */

import type { Network } from "../network.ts";

/** How tokens of one kind are checked. */
export interface TokenKeys {
  readonly hmacSecretKey: string | undefined;
  /** Still accepted while a secret is being replaced. */
  readonly hmacPreviousSecretKey: string | undefined;
  /** Unix seconds until which the previous secret is accepted; undefined for no end. */
  readonly hmacPreviousSecretKeyValidUntil: number | undefined;
  /** PEM. */
  readonly rsaPublicKey: string | undefined;
  /** PEM. */
  readonly ecdsaPublicKey: string | undefined;
  /** Where a JSON Web Key Set is; `{{name}}` stands for a named group of a regex below. */
  readonly jwksPublicEndpoint: string | undefined;
  readonly audience: string | undefined;
  readonly audienceRegex: RegExp | undefined;
  readonly issuer: string | undefined;
  readonly issuerRegex: RegExp | undefined;
  /** The claim that holds the user's id. */
  readonly userIdClaim: string;
}

/** Every client gets a subscription to a channel of its own user. */
export interface PersonalChannelOptions {
  readonly isEnabled: boolean;
  /** Empty for none. */
  readonly namespace: string;
  /** Whether a user's earlier connections are closed when a new one comes. */
  readonly isSingleConnection: boolean;
}

/** Options of clients. Times in milliseconds, sizes in bytes, 0 for no limit where it says so. */
export interface ClientOptions {
  readonly token: TokenKeys;
  /** Undefined where subscription tokens are checked as connection tokens are. */
  readonly subscriptionToken: TokenKeys | undefined;
  readonly allowAnonymousConnectWithoutToken: boolean;
  readonly disallowAnonymousConnectionTokens: boolean;
  /** Whether everybody may do everything and no token expires. */
  readonly isInsecure: boolean;
  /** A header in which a trusted proxy names the user; undefined for none. */
  readonly userIdHttpHeader: string | undefined;
  /** Peers whose word is taken for where a request is from. */
  readonly trustedProxies: readonly Network[];
  /** The one header in which they say it. */
  readonly trustedProxyHeader: "x-forwarded-for" | "forwarded";
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  /** How long a connection may stay without a connect command. */
  readonly staleCloseDelayMs: number;
  /** How long an expired connection may still be refreshed. */
  readonly expiredCloseDelayMs: number;
  readonly expiredSubCloseDelayMs: number;
  readonly channelLimit: number;
  /** Connections of one address, in IPv6 of one network of 64 bits; 0 for no limit. */
  readonly addressConnectionLimit: number;
  /** New connections in a second; 0 for no limit. */
  readonly connectionRateLimit: number;
  /** Connections of one user; 0 for no limit. */
  readonly userConnectionLimit: number;
  readonly queueMaxSize: number;
  /** Bytes that may wait for all clients together; 0 for no limit. */
  readonly totalQueueMaxSize: number;
  /** Commands in one frame. */
  readonly frameCommandLimit: number;
  readonly messageSizeLimit: number;
  /** Messages, or commands, that one client may send in a second; 0 for no limit. */
  readonly messageRateLimit: number;
  /** Bytes that one client may send in a second; 0 for no limit. */
  readonly byteRateLimit: number;
  readonly connectIncludeServerTime: boolean;
  /** Publications in a recovery; 0 for all that are kept. */
  readonly recoveryMaxPublicationLimit: number;
  /** Publications in an answer to a history command. */
  readonly historyMaxPublicationLimit: number;
  readonly personalChannel: PersonalChannelOptions;
}

/** No way to check a token. */
export const NO_TOKEN_KEYS: TokenKeys = {
  hmacSecretKey: undefined,
  hmacPreviousSecretKey: undefined,
  hmacPreviousSecretKeyValidUntil: undefined,
  rsaPublicKey: undefined,
  ecdsaPublicKey: undefined,
  jwksPublicEndpoint: undefined,
  audience: undefined,
  audienceRegex: undefined,
  issuer: undefined,
  issuerRegex: undefined,
  userIdClaim: "sub",
};

/** What holds where the configuration says nothing. */
export const DEFAULT_CLIENT: ClientOptions = {
  token: NO_TOKEN_KEYS,
  subscriptionToken: undefined,
  allowAnonymousConnectWithoutToken: false,
  disallowAnonymousConnectionTokens: false,
  isInsecure: false,
  userIdHttpHeader: undefined,
  trustedProxies: [],
  trustedProxyHeader: "x-forwarded-for",
  pingIntervalMs: 25_000,
  pongTimeoutMs: 8_000,
  staleCloseDelayMs: 10_000,
  expiredCloseDelayMs: 25_000,
  expiredSubCloseDelayMs: 25_000,
  channelLimit: 128,
  addressConnectionLimit: 0,
  connectionRateLimit: 0,
  userConnectionLimit: 0,
  queueMaxSize: 1_048_576,
  totalQueueMaxSize: 1_073_741_824,
  frameCommandLimit: 1_000,
  messageSizeLimit: 65_536,
  messageRateLimit: 0,
  byteRateLimit: 0,
  connectIncludeServerTime: false,
  recoveryMaxPublicationLimit: 0,
  historyMaxPublicationLimit: 300,
  personalChannel: { isEnabled: false, namespace: "", isSingleConnection: false },
};

/** The server API over HTTP. */
export interface HttpApiOptions {
  /** Without one the API answers only on loopback in anonymous mode. */
  readonly key: string | undefined;
  /** `transport`: errors as HTTP statuses as well. */
  readonly errorMode: "" | "transport";
}
