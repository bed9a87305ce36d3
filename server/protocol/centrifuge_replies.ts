import type { Payload } from "../publication.ts";

/**
 * What the server says in the Centrifuge client protocol v2, whatever its encoding.
 *
 * Fields are named as on the wire; a zero value need not be sent, but for those marked "always".
 *
 * @module
 */

/** A client, as other clients are told of it. `user` and `client` are always sent. */
export interface WireClientInfo {
  readonly user: string;
  readonly client: string;
  readonly conn_info?: Payload;
  readonly chan_info?: Payload;
}

/** A publication. */
export interface WirePublication {
  readonly data: Payload;
  readonly info?: WireClientInfo;
  readonly offset?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** Whether `data` is a delta to the publication before. */
  readonly delta?: boolean;
  /** Milliseconds since 1970, UTC. */
  readonly time?: number;
}

/** Answer to a subscribe; also, in `connect.subs`, of each server-side subscription. */
export interface SubscribeResult {
  readonly expires?: boolean;
  /** Seconds. */
  readonly ttl?: number;
  readonly recoverable?: boolean;
  readonly positioned?: boolean;
  readonly epoch?: string;
  readonly offset?: number;
  readonly publications?: readonly WirePublication[];
  readonly recovered?: boolean;
  readonly was_recovering?: boolean;
  readonly data?: Payload;
  readonly delta?: boolean;
}

/** Answer to a connect. */
export interface ConnectResult {
  readonly client: string;
  readonly version: string;
  readonly expires?: boolean;
  /** Seconds. */
  readonly ttl?: number;
  readonly data?: Payload;
  readonly subs?: Readonly<Record<string, SubscribeResult>>;
  /** Seconds between pings of the server. */
  readonly ping?: number;
  readonly pong?: boolean;
  /** Names the stream for `/emulation`. */
  readonly session?: string;
  readonly node?: string;
  /** Milliseconds since 1970, UTC. */
  readonly time?: number;
}

/** Answer to a refresh. */
export interface RefreshResult {
  readonly client?: string;
  readonly version?: string;
  readonly expires?: boolean;
  /** Seconds. */
  readonly ttl?: number;
}

/** Results by method. */
export interface Results {
  readonly connect: ConnectResult;
  readonly subscribe: SubscribeResult;
  readonly unsubscribe: Readonly<Record<string, never>>;
  readonly publish: Readonly<Record<string, never>>;
  /** `presence` is always sent. */
  readonly presence: { readonly presence: Readonly<Record<string, WireClientInfo>> };
  /** Both are always sent. */
  readonly presence_stats: { readonly num_clients: number; readonly num_users: number };
  /** All are always sent. */
  readonly history: {
    readonly publications: readonly WirePublication[];
    readonly epoch: string;
    readonly offset: number;
  };
  readonly rpc: { readonly data?: Payload };
  readonly refresh: RefreshResult;
  readonly sub_refresh: { readonly expires?: boolean; readonly ttl?: number };
}

/** Why a command was refused. */
export interface ReplyError {
  readonly code: number;
  readonly message: string;
  /** Whether the same command may succeed later. */
  readonly temporary?: boolean;
}

/** What the server sends without being asked. */
export interface Pushes {
  readonly pub: WirePublication;
  readonly join: { readonly info: WireClientInfo };
  readonly leave: { readonly info: WireClientInfo };
  readonly unsubscribe: { readonly code: number; readonly reason: string };
  readonly message: { readonly data: Payload };
  readonly subscribe: SubscribeResult;
  readonly disconnect: { readonly code: number; readonly reason: string };
  readonly refresh: RefreshResult;
}

/** The kinds of pushes. */
export type PushKind = keyof Pushes;

/** One message of the server. */
export type Reply =
  | { readonly kind: "error"; readonly id: number; readonly error: ReplyError }
  | {
    readonly [M in keyof Results]: {
      readonly kind: "result";
      readonly id: number;
      readonly method: M;
      readonly result: Results[M];
    };
  }[keyof Results]
  | {
    readonly [K in PushKind]: {
      readonly kind: "push";
      /** Empty where the push is about the connection. */
      readonly channel: string;
      readonly push: K;
      readonly body: Pushes[K];
    };
  }[PushKind]
  | { readonly kind: "ping" };
