import type { ConnectionOptions, LoadConnection, LoadMessage } from "./connection.ts";
import { socketUrl } from "./connection.ts";
import type { Opened } from "./load_socket.ts";
import { LoadSocket } from "./load_socket.ts";

/** Options of {@linkcode PlainConnection}. */
export interface PlainConnectionOptions extends ConnectionOptions {
  readonly channel: string;
  /** Whether it is sent what it publishes itself, which takes the place of an answer. */
  readonly hasEcho: boolean;
}

/** A plain WebSocket on a channel: each frame is one publication. */
export class PlainConnection implements LoadConnection {
  readonly #socket: LoadSocket;

  constructor({ url, client, token, channel, hasEcho, events }: PlainConnectionOptions) {
    const address = socketUrl(url, `/channels/${encodeURIComponent(channel)}`);
    if (hasEcho) address.searchParams.set("echo", "1");
    if (token !== undefined) address.searchParams.set("token", token);
    this.#socket = new LoadSocket({ url: address.href, client }, {
      onOpen: () => this.#socket.ready(),
      onText: (text) => events.onPublication(text),
      onClose: (close) => events.onClose(close),
    });
  }

  get opened(): Promise<Opened> {
    return this.#socket.opened;
  }

  get isReady(): boolean {
    return this.#socket.isReady;
  }

  publish({ payload }: LoadMessage): void {
    this.#socket.send(payload);
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
