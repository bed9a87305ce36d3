/**
 * A client of the Centrifuge protocol as JSON that reads a stream over a bare connection and sends
 * its commands beside it, so that a test sees how the stream ended: whole, or cut off.
 */
import type { Line } from "./raw_centrifuge_peer.ts";
import { ChunkedBody } from "./chunked_body.ts";
import { HttpExchange, requestText } from "./http.ts";
import { type WaitOptions, within } from "./wait.ts";

/** How the commands come in and the answers go out. */
export type StreamKind = "http_stream" | "sse";

/** What to open a stream with. */
export interface ClientStreamOptions {
  readonly port: number;
  readonly kind: StreamKind;
  /** Commands of the first request, without ids. */
  readonly commands?: readonly Readonly<Record<string, unknown>>[];
}

/** One stream. */
export class ClientStream implements Disposable {
  /** Every message, in order. */
  readonly lines: Line[] = [];
  /** Resolves with how the stream ended: with its last chunk, or without. */
  readonly ended: Promise<"whole" | "cut">;
  readonly headers: Headers;
  readonly #port: number;
  readonly #connection: Deno.Conn;
  readonly #waiters = new Set<() => void>();
  #lastId: number;
  #gate: PromiseWithResolvers<void> | undefined;
  #isOver = false;

  private constructor(
    { connection, rest, headers }: {
      readonly connection: Deno.Conn;
      readonly rest: Uint8Array;
      readonly headers: Headers;
    },
    { port, commands = [] }: ClientStreamOptions,
  ) {
    this.#port = port;
    this.#connection = connection;
    this.headers = headers;
    this.#lastId = commands.length + 1;
    this.ended = this.#run(new ChunkedBody(connection, rest));
  }

  /** Opens a stream and waits until it is connected. @throws {Error} when it is refused. */
  static async open(options: ClientStreamOptions): Promise<ClientStream> {
    const exchange = await HttpExchange.open(options.port);
    await exchange.write(streamRequest(options));
    const head = await exchange.head();
    if (head?.status !== 200) throw new Error(`Cannot open a stream: ${head?.status}`);
    const stream = new ClientStream({ ...exchange.release(), headers: head.headers }, options);
    await stream.until(({ session }) => session !== undefined, { what: "the connect reply" });
    return stream;
  }

  /** The secret name of the stream. */
  get session(): string | undefined {
    return this.#connectReply?.session;
  }

  /** Whether the server's last message has come. */
  get isClosing(): boolean {
    return this.lines.at(-1)?.push?.disconnect !== undefined;
  }

  /** The body of a request to `/emulation` with these commands. */
  emulation(...commands: readonly Readonly<Record<string, unknown>>[]): string {
    const data = linesOf(commands, this.#lastId + 1);
    this.#lastId += commands.length;
    return JSON.stringify({ session: this.session, node: this.#connectReply.node, data });
  }

  /** Sends commands beside the stream, on a connection of their own; gives the status. */
  async emulate(...commands: readonly Readonly<Record<string, unknown>>[]): Promise<number> {
    const body = this.emulation(...commands);
    const answer = await fetch(`http://127.0.0.1:${this.#port}/emulation`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    await answer.body?.cancel();
    return answer.status;
  }

  /** Waits until `condition` holds, looked at after each piece of the stream. */
  async until(condition: (stream: this) => boolean, options: WaitOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => {
      if (condition(this)) resolve();
      else if (this.#isOver) reject(new Error(`The stream ended before ${options.what}`));
    };
    this.#waiters.add(check);
    check();
    try {
      await within(promise, { explain: () => JSON.stringify(this.lines.at(-1)), ...options });
    } finally {
      this.#waiters.delete(check);
    }
  }

  /** Stops reading: what the server sends fills the kernel's buffers and then the server's. */
  pause(): void {
    this.#gate ??= Promise.withResolvers<void>();
  }

  /** Reads again. */
  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection.closeWrite().catch(() => {});
    this.#connection.close();
    this.resume();
  }

  get #connectReply(): Line {
    return this.lines.find(({ connect }) => connect !== undefined)?.connect;
  }

  async #run(body: ChunkedBody): Promise<"whole" | "cut"> {
    try {
      await this.#read(body);
      return "whole";
    } catch {
      return "cut";
    } finally {
      if (!this.#isOver) this.#connection.close();
      this.#isOver = true;
      for (const check of this.#waiters) check();
    }
  }

  async #read(body: ChunkedBody): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of body.chunks()) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") this.lines.push(JSON.parse(jsonOf(line)));
      for (const check of this.#waiters) check();
      if (this.#gate !== undefined) await this.#gate.promise;
    }
  }
}

/** The request that opens a stream, as text. */
export function streamRequest(
  { kind, commands = [] }: Pick<ClientStreamOptions, "kind" | "commands">,
): string {
  const body = linesOf([{ connect: {} }, ...commands], 1);
  if (kind === "http_stream") {
    const headers = { "Content-Type": "application/json" };
    return requestText("POST /connection/http_stream", headers, { body });
  }
  return requestText(`GET /connection/sse?cf_connect=${encodeURIComponent(body)}`, {
    Accept: "text/event-stream",
  });
}

function linesOf(
  commands: readonly Readonly<Record<string, unknown>>[],
  firstId: number,
): string {
  return commands.map((command, index) => JSON.stringify({ id: firstId + index, ...command }))
    .join("\n");
}

function jsonOf(line: string): string {
  return line.startsWith("data: ") ? line.slice("data: ".length) : line;
}
