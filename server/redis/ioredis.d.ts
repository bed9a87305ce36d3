/**
 * What is used of the package ioredis, in place of its own declarations: those bring Node's along, in
 * which a `CryptoKey` is not the platform's.
 */
export interface RedisOptions {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca?: string; readonly servername?: string };
  readonly protocol: 2 | 3;
  readonly lazyConnect: boolean;
  readonly disableClientInfo: boolean;
  readonly connectionName: string;
  readonly connectTimeout: number;
  readonly socketTimeout: number;
  readonly noDelay: boolean;
  readonly enableOfflineQueue: boolean;
  readonly maxRetriesPerRequest: number;
  readonly autoResubscribe: boolean;
  readonly autoResendUnfulfilledCommands: boolean;
  readonly retryStrategy: (times: number) => number | null;
}
export type Argument = string | Uint8Array;
export interface Pipeline {
  callBuffer(command: string, ...args: Argument[]): this;
  exec(): Promise<[error: Error | null, reply: unknown][] | null>;
}
export class Redis {
  constructor(options: RedisOptions);
  connect(): Promise<void>;
  disconnect(): void;
  ping(): Promise<unknown>;
  callBuffer(command: string, ...args: Argument[]): Promise<unknown>;
  pipeline(): Pipeline;
  subscribe(...channels: string[]): Promise<unknown>;
  unsubscribe(...channels: string[]): Promise<unknown>;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "close" | "ready", listener: () => void): this;
  on(
    event: "messageBuffer",
    listener: (channel: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>) => void,
  ): this;
}
