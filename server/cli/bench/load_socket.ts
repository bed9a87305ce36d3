import { connectionProblem } from "../trust.ts";
import type { Disconnect } from "../../errors.ts";

/** The outcome of opening a connection. */
export type Opened =
  | { readonly kind: "open" }
  /** `reason` completes "Cannot load <url>: …". */
  | { readonly kind: "refused"; readonly reason: string };

/** Where to connect to, and whom to trust. */
export interface LoadSocketAddress {
  readonly url: string;
  /** Trusts a private authority; undefined for the public ones. */
  readonly client: Deno.HttpClient | undefined;
}

/** What a socket tells its owner. */
export interface LoadSocketEvents {
  /** It is open, and not yet ready. */
  onOpen(): void;
  onText(text: string): void;
  /** It was ready and is closed now, by the other side. */
  onClose(close: Disconnect): void;
}

/** Milliseconds until a connection has to be ready. */
const OPEN_TIMEOUT_MS = 10_000;
/** Milliseconds for the closing handshake; afterwards the end of the process closes the socket. */
const CLOSE_TIMEOUT_MS = 2_000;

type State = "opening" | "ready" | "closing" | "closed";

/** One WebSocket of a load: ready once its owner says so, or refused for a reason. */
export class LoadSocket {
  /** Resolves when it is ready, refused, or has taken ten seconds. */
  readonly opened: Promise<Opened>;
  readonly #socket: WebSocket;
  readonly #events: LoadSocketEvents;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #closed = Promise.withResolvers<void>();
  readonly #resolve: (opened: Opened) => void;
  #state: State = "opening";
  #problem = "";

  constructor({ url, client }: LoadSocketAddress, events: LoadSocketEvents) {
    this.#events = events;
    const { promise, resolve } = Promise.withResolvers<Opened>();
    this.opened = promise;
    this.#resolve = resolve;
    this.#socket = new WebSocket(url, client === undefined ? {} : { client });
    this.#timer = setTimeout(
      () => this.refuse(`nothing came for ${OPEN_TIMEOUT_MS / 1_000} s`),
      OPEN_TIMEOUT_MS,
    );
    this.#socket.onopen = () => events.onOpen();
    this.#socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") events.onText(data);
    };
    this.#socket.onerror = (event) => this.#failed(event);
    this.#socket.onclose = (event) => this.#ended(event);
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  /** All that it takes to be ready has been done. */
  ready(): void {
    if (this.#state !== "opening") return;
    clearTimeout(this.#timer);
    this.#state = "ready";
    this.#resolve({ kind: "open" });
  }

  /** It will never be ready. */
  refuse(reason: string): void {
    if (this.#state !== "opening") return;
    this.#resolve({ kind: "refused", reason });
    this.close();
  }

  /** Sends a text frame; lost if the socket is not open. */
  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Closes with 1000. Resolves when the other side has answered, or two seconds later. */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    clearTimeout(this.#timer);
    this.#state = "closing";
    this.#resolve({ kind: "refused", reason: "it was interrupted" });
    this.#socket.close();
    const timer = setTimeout(() => this.#closed.resolve(), CLOSE_TIMEOUT_MS);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  #failed(event: Event): void {
    event.preventDefault();
    if (event instanceof ErrorEvent) {
      this.#problem ||= connectionProblem(event.message) ?? event.message;
    }
  }

  #ended({ code, reason }: CloseEvent): void {
    const state = this.#state;
    if (state === "closed") return;
    if (state === "opening") this.refuse(this.#problem || `closed with ${code} ${reason}`.trim());
    this.#state = "closed";
    this.#closed.resolve();
    if (state !== "ready") return;
    // RFC 6455 7.1.5: 1006 stands for a connection that ended without a Close.
    const isLost = code === 0 || code === 1006;
    this.#events.onClose(isLost ? { code: 1006, reason: "connection lost" } : { code, reason });
  }
}
