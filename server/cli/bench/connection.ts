import type { Disconnect } from "../../errors.ts";
import type { ReplyError } from "../../protocol/mod.ts";
import type { Opened } from "./load_socket.ts";

/** One message of a publisher. */
export interface LoadMessage {
  /** Counts from 0; an answer names it. */
  readonly number: number;
  readonly channel: string;
  /** ASCII letters and digits. */
  readonly payload: string;
}

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** A publication in the channel that it reads. */
  onPublication(payload: string): void;
  /** A message is stored, or refused with `error`. */
  onAnswer(number: number, error: ReplyError | undefined): void;
  /** The other side has ended the connection. */
  onClose(close: Disconnect): void;
}

/** A connection of the load, in one of the protocols. */
export interface LoadConnection {
  /** Resolves once it is connected and reads its channel, if it reads one. */
  readonly opened: Promise<Opened>;
  readonly isReady: boolean;
  publish(message: LoadMessage): void;
  /** See {@linkcode LoadSocket.close}. */
  close(): Promise<void>;
}

/** Where to connect, and as whom. */
export interface ConnectionOptions {
  /** Address of the server. */
  readonly url: string;
  /** Trusts a private authority; undefined for the public ones. */
  readonly client: Deno.HttpClient | undefined;
  readonly token: string | undefined;
  /** The channel to read; undefined for none. Of a plain publisher, the one it writes to. */
  readonly channel: string | undefined;
  readonly events: ConnectionEvents;
}

/** An address of the server for WebSockets. */
export function socketUrl(url: string, path: string): URL {
  const address = new URL(path, url);
  address.protocol = address.protocol.replace("http", "ws");
  return address;
}
