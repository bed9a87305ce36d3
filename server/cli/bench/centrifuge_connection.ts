import type { ReplyError } from "../../protocol/mod.ts";
import type { ConnectionOptions, LoadConnection, LoadMessage } from "./connection.ts";
import { socketUrl } from "./connection.ts";
import type { Opened } from "./load_socket.ts";
import { LoadSocket } from "./load_socket.ts";

/** A message of the server, as far as a load is concerned. */
interface ServerMessage {
  readonly id?: number;
  readonly error?: ReplyError;
  readonly push?: {
    readonly channel?: string;
    readonly pub?: { readonly data?: unknown };
    readonly unsubscribe?: { readonly code: number; readonly reason: string };
  };
}

const CONNECT_ID = 1;
const SUBSCRIBE_ID = 2;
const FIRST_PUBLISH_ID = 3;
/** Ids are numbers of 32 bits; an answer has come long before its id is used again. */
const IDS = 2 ** 32 - FIRST_PUBLISH_ID;

/** A client of the Centrifuge protocol, as JSON: connects, reads at most one channel, publishes. */
export class CentrifugeConnection implements LoadConnection {
  readonly #options: ConnectionOptions;
  readonly #socket: LoadSocket;

  constructor(options: ConnectionOptions) {
    const { url, client, events } = options;
    this.#options = options;
    this.#socket = new LoadSocket({ url: socketUrl(url, "/connection/websocket").href, client }, {
      onOpen: () => this.#connect(),
      onText: (text) => this.#received(text),
      onClose: (close) => events.onClose(close),
    });
  }

  get opened(): Promise<Opened> {
    return this.#socket.opened;
  }

  get isReady(): boolean {
    return this.#socket.isReady;
  }

  publish({ number, channel, payload }: LoadMessage): void {
    const id = FIRST_PUBLISH_ID + number % IDS;
    this.#socket.send(
      `{"id":${id},"publish":{"channel":${JSON.stringify(channel)},` +
        `"data":"${payload}"}}`,
    );
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  #connect(): void {
    const { token, channel } = this.#options;
    const commands: object[] = [{ id: CONNECT_ID, connect: { token, name: "midgard bench" } }];
    if (channel !== undefined) commands.push({ id: SUBSCRIBE_ID, subscribe: { channel } });
    this.#socket.send(commands.map((each) => JSON.stringify(each)).join("\n"));
  }

  #received(text: string): void {
    for (const line of text.split("\n")) {
      const message = messageOf(line);
      if (message === undefined) continue;
      if (message.push !== undefined) this.#pushed(message.push);
      else if (message.id === undefined) this.#socket.send("{}");
      else this.#answered(message.id, message.error);
    }
  }

  #pushed({ channel, pub, unsubscribe }: NonNullable<ServerMessage["push"]>): void {
    const { channel: own, events } = this.#options;
    if (channel === undefined || channel !== own) return;
    if (typeof pub?.data === "string") events.onPublication(pub.data);
    // A load that has lost its subscription measures nothing: that is as good as a Close.
    if (unsubscribe === undefined) return;
    events.onClose(unsubscribe);
    this.#socket.close();
  }

  #answered(id: number, error: ReplyError | undefined): void {
    const { channel, events } = this.#options;
    if (id >= FIRST_PUBLISH_ID) return events.onAnswer(id - FIRST_PUBLISH_ID, error);
    const what = id === CONNECT_ID ? "connect" : `subscribe to ${channel}`;
    if (error !== undefined) {
      return this.#socket.refuse(`cannot ${what}: ${error.code} ${error.message}`);
    }
    if (id === (channel === undefined ? CONNECT_ID : SUBSCRIBE_ID)) this.#socket.ready();
  }
}

function messageOf(line: string): ServerMessage | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === "object" && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}
