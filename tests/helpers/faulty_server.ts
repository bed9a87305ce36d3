/**
 * A server that speaks just enough of the Centrifuge protocol to be loaded, and that does one thing
 * wrong: what measures must notice.
 */

/** What a server does with one message. */
export type Treatment =
  | "deliver"
  /** Acknowledged, and never delivered. */
  | "drop"
  | "repeat"
  /** Delivered behind the next one. */
  | "hold"
  /** Error 111, which will pass. */
  | "refuse"
  /** Error 103, which will not. */
  | "forbid"
  /** Neither answered nor delivered. */
  | "ignore";

/** How a server misbehaves. */
export interface Fault {
  /** What happens to the message with this number, from 0. @default "deliver" to all */
  readonly treat?: (number: number) => Treatment;
  /** At the message with this number nothing more is read for `ms` milliseconds. */
  readonly stall?: { readonly at: number; readonly ms: number };
}

interface Command {
  readonly id: number;
  readonly connect?: object;
  readonly subscribe?: { readonly channel: string };
  readonly publish?: { readonly channel: string; readonly data: string };
}

/** See above. Dispose of it with `await using`. */
export class FaultyServer implements AsyncDisposable {
  readonly port: number;
  readonly #fault: Fault;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #readers: WebSocket[] = [];
  #count = 0;
  #held: string | undefined;
  #stalled: (() => void)[] | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(fault: Fault) {
    this.#fault = fault;
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = ({ data }) => {
        for (const line of String(data).split("\n")) this.#take(socket, JSON.parse(line));
      };
      return response;
    });
    this.port = this.#server.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#server.shutdown();
  }

  #take(socket: WebSocket, command: Command): void {
    if (this.#stalled !== undefined) this.#stalled.push(() => this.#carryOut(socket, command));
    else this.#carryOut(socket, command);
  }

  #carryOut(socket: WebSocket, { id, connect, subscribe, publish }: Command): void {
    if (connect) return send(socket, { id, connect: { client: "c", version: "" } });
    if (subscribe) {
      this.#readers.push(socket);
      return send(socket, { id, subscribe: {} });
    }
    if (publish) this.#publish(socket, id, publish);
  }

  #publish(socket: WebSocket, id: number, { channel, data }: NonNullable<Command["publish"]>) {
    const number = this.#count;
    this.#count += 1;
    if (number === this.#fault.stall?.at) this.#stall(this.#fault.stall.ms);
    const treatment = this.#fault.treat?.(number) ?? "deliver";
    const refusal = REFUSALS[treatment];
    if (refusal !== undefined) return send(socket, { id, error: refusal });
    if (treatment === "ignore") return;
    send(socket, { id, publish: {} });
    const push = JSON.stringify({ push: { channel, pub: { data } } });
    if (treatment === "hold") this.#held = push;
    if (treatment === "hold" || treatment === "drop") return;
    for (const reader of this.#readers) {
      reader.send(push);
      if (treatment === "repeat") reader.send(push);
      if (this.#held !== undefined) reader.send(this.#held);
    }
    this.#held = undefined;
  }

  #stall(ms: number): void {
    this.#stalled = [];
    this.#timer = setTimeout(() => {
      const stalled = this.#stalled ?? [];
      this.#stalled = undefined;
      for (const take of stalled) take();
    }, ms);
  }
}

const REFUSALS: Partial<Record<Treatment, object>> = {
  refuse: { code: 111, message: "too many requests", temporary: true },
  forbid: { code: 103, message: "permission denied" },
};

function send(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message));
}
