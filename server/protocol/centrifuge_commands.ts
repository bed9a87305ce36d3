import type { Payload } from "../publication.ts";

/**
 * What clients say in the Centrifuge client protocol v2, whatever its encoding.
 *
 * Fields are named as on the wire, so that one object serves the JSON and the Protobuf codec. A
 * field that is absent reads as its zero value.
 *
 * @module
 */

/** A position to go on from, as a client sends it. */
export interface RecoverRequest {
  readonly recover?: boolean;
  /** Empty: unknown. */
  readonly epoch?: string;
  readonly offset?: number;
}

/** `connect`. */
export interface ConnectRequest {
  readonly token?: string;
  readonly data?: Payload;
  /** Positions in server-side subscriptions, by channel. */
  readonly subs?: Readonly<Record<string, RecoverRequest>>;
  readonly name?: string;
  readonly version?: string;
}

/** Bits of a subscribe request's `flag`. */
export const SUBSCRIBE_FLAGS = { channelCompaction: 1, rejectUnrecovered: 2 } as const;

/** `subscribe`. */
export interface SubscribeRequest extends RecoverRequest {
  readonly channel?: string;
  readonly token?: string;
  readonly data?: Payload;
  readonly positioned?: boolean;
  readonly recoverable?: boolean;
  readonly join_leave?: boolean;
  /** The kind of delta that the client can apply. */
  readonly delta?: string;
  /** See {@linkcode SUBSCRIBE_FLAGS}. */
  readonly flag?: number;
  /** 0 is a stream; others are not supported. */
  readonly type?: number;
  /** Whether it asks for a filter by tags, which is not supported. */
  readonly tf?: boolean;
}

/** `unsubscribe`, `presence` and `presence_stats`. */
export interface ChannelRequest {
  readonly channel?: string;
}

/** `publish`. */
export interface PublishRequestMessage {
  readonly channel?: string;
  readonly data?: Payload;
  /** 0 is a stream; others are not supported. */
  readonly type?: number;
}

/** `history`. */
export interface HistoryRequest {
  readonly channel?: string;
  /** 0: only the position; below 0: as many as there may be. */
  readonly limit?: number;
  readonly since?: { readonly offset?: number; readonly epoch?: string };
  readonly reverse?: boolean;
}

/** `rpc`. */
export interface RpcRequest {
  readonly method?: string;
  readonly data?: Payload;
}

/** `refresh`. */
export interface RefreshRequest {
  readonly token?: string;
}

/** `sub_refresh`. */
export interface SubRefreshRequest {
  readonly channel?: string;
  readonly token?: string;
}

/** Requests by the method that carries them. */
export interface Requests {
  readonly connect: ConnectRequest;
  readonly subscribe: SubscribeRequest;
  readonly unsubscribe: ChannelRequest;
  readonly publish: PublishRequestMessage;
  readonly presence: ChannelRequest;
  readonly presence_stats: ChannelRequest;
  readonly history: HistoryRequest;
  readonly rpc: RpcRequest;
  readonly send: { readonly data?: Payload };
  readonly refresh: RefreshRequest;
  readonly sub_refresh: SubRefreshRequest;
  readonly ping: Readonly<Record<string, never>>;
}

/** The methods of the protocol. */
export type Method = keyof Requests;

/** One command: exactly one method and an id, which only `send` and a pong do without. */
export type Command =
  | {
    readonly [M in Method]: {
      readonly method: M;
      /** 0 where there is none. */
      readonly id: number;
      readonly params: Requests[M];
    };
  }[Method]
  /** Neither id nor method: the answer to a ping. */
  | { readonly method: "pong"; readonly id: number };

/**
 * What a frame holds. A second pong is malformed: there is one ping at a time, and a frame has room
 * for 65 536 answers.
 */
export type DecodedFrame =
  | { readonly kind: "commands"; readonly commands: readonly Command[] }
  /** The commands before the first one that cannot be read. */
  | { readonly kind: "malformed"; readonly commands: readonly Command[] };
