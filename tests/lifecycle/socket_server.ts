import { RawPeer } from "../helpers/raw_peer.ts";
import type { PeerOptions } from "../helpers/raw_peer.ts";

/** Both ends of one WebSocket. */
export interface SocketPair {
  /** The server's end, open. */
  readonly socket: WebSocket;
  readonly peer: RawPeer;
  /** What reached the server's `message` listeners, in order. */
  readonly received: string[];
  /** The server's first `close` event. */
  readonly closed: Promise<CloseEvent>;
}

/** A `Deno.serve` that upgrades everything, on a port of its own. */
export class SocketServer implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #opened: (socket: WebSocket) => void = () => {};

  /** @param onUpgrade Told of each socket before it opens. */
  constructor(onUpgrade: (socket: WebSocket) => void = () => {}) {
    const options = {
      hostname: "127.0.0.1",
      port: 0,
      signal: this.#abort.signal,
      onListen: () => {},
    };
    this.#server = Deno.serve(options, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
      socket.onerror = (event) => event.preventDefault();
      onUpgrade(socket);
      this.#opened(socket);
      return response;
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  /** Connects a peer and gives both ends, once the server's is open. */
  async connect(options: Omit<PeerOptions, "port"> = {}): Promise<SocketPair> {
    const received: string[] = [];
    const closed = Promise.withResolvers<CloseEvent>();
    const open = Promise.withResolvers<WebSocket>();
    this.#opened = (socket) => {
      socket.addEventListener("open", () => open.resolve(socket));
      socket.addEventListener("message", ({ data }) => received.push(shown(data)));
      socket.addEventListener("close", closed.resolve);
    };
    const peer = await RawPeer.connect({ port: this.port, ...options });
    return { socket: await open.promise, peer, received, closed: closed.promise };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#server.finished;
  }
}

function shown(data: string | ArrayBuffer): string {
  return typeof data === "string" ? data : `${data.byteLength} bytes`;
}
