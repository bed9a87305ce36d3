/**
 * A reader of Server-Sent Events over a bare connection, which comes back with Last-Event-ID as a
 * browser does. An event counts when its blank line has arrived (WHATWG HTML 9.2.6): what a broken
 * connection cut off was never received.
 */
import { ChunkedBody } from "./chunked_body.ts";
import { HttpExchange, requestText } from "./http.ts";
import { type WaitOptions, within } from "./wait.ts";

/** One event that was dispatched. */
export interface SseEvent {
  /** The last id that was seen, as a browser would tell it. */
  readonly id: string;
  /** `message` where the stream names none. */
  readonly type: string;
  readonly data: string;
}

/** How a stream ended: whole, cut off, refused before it began, or closed on this side. */
export type StreamEnd =
  | { readonly kind: "whole" | "cut" | "closed" }
  | { readonly kind: "refused"; readonly status: number; readonly body: string };

/** What to read. */
export interface SseOptions {
  readonly channel: string;
  /** As `since=0`; the server minds it only without a Last-Event-ID. */
  readonly query?: string;
  /** Where to begin, as a client would that was here before. */
  readonly lastEventId?: string;
}

/** One client over as many connections as it takes. */
export class SseReader implements Disposable {
  readonly channel: string;
  /** Every event of every connection, in order. */
  readonly events: SseEvent[] = [];
  lastEventId: string;
  /** The last `retry:` of the stream, in milliseconds. */
  retryMs: number | undefined;
  /** The headers of the last stream. */
  headers: Headers | undefined;
  /** Whether the stream has told where it begins, on this connection. */
  hasBegun = false;
  readonly #query: string;
  #connection: Deno.Conn | undefined;
  #isClosed = false;
  #fields: string[] = [];
  #gate: PromiseWithResolvers<void> | undefined;
  #onRead = new Set<() => void>();

  constructor({ channel, query, lastEventId = "" }: SseOptions) {
    this.channel = channel;
    this.lastEventId = lastEventId;
    this.#query = query === undefined ? "" : `?${query}`;
  }

  /** Events that tell of a lost position. */
  get resets(): SseEvent[] {
    return this.events.filter(({ type }) => type === "reset");
  }

  /** What was published, of whatever kind. */
  get data(): string[] {
    return this.events.filter(({ type }) => type !== "reset").map(({ data }) => data);
  }

  /** The offsets in the ids of what was published. */
  get offsets(): number[] {
    const published = this.events.filter(({ type }) => type !== "reset");
    return published.map(({ id }) => Number(id.split(":")[1]));
  }

  /** The position that the last id names. */
  get position(): { readonly epoch: string; readonly offset: number } {
    const [epoch = "", offset = ""] = this.lastEventId.split(":");
    return { epoch, offset: offset === "" ? NaN : Number(offset) };
  }

  /** Connects, from the last id on if there is one, and reads to the end. Never rejects. */
  async read(port: number): Promise<StreamEnd> {
    this.#fields = [];
    this.#isClosed = false;
    this.hasBegun = false;
    try {
      using exchange = await HttpExchange.open(port);
      const resume = this.lastEventId === "" ? undefined : { "Last-Event-ID": this.lastEventId };
      const headers = { Accept: "text/event-stream", ...resume };
      await exchange.write(requestText(`GET /channels/${this.channel}${this.#query}`, headers));
      return await this.#begin(exchange);
    } catch {
      return { kind: this.#isClosed ? "closed" : "cut" };
    } finally {
      for (const check of this.#onRead) check();
    }
  }

  /** Waits until `condition` holds, looked at after each piece of the stream. */
  async until(condition: (reader: this) => boolean, options: WaitOptions): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => condition(this) && resolve();
    this.#onRead.add(check);
    check();
    try {
      await within(promise, { explain: () => this.summary(), ...options });
    } finally {
      this.#onRead.delete(check);
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

  /** Drops the connection, now or as soon as there is one. */
  close(): void {
    this.#isClosed = true;
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    // Up to Deno 2.8 a pending read keeps a closed connection alive: let at least the FIN go out.
    connection.closeWrite().catch(() => {});
    connection.close();
  }

  /** Where the reader stands, in a line, for failure messages. */
  summary(): string {
    const { channel, lastEventId, resets, events } = this;
    return JSON.stringify({ channel, lastEventId, resets, events: events.length });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #begin(exchange: HttpExchange): Promise<StreamEnd> {
    const head = await exchange.head();
    if (head === undefined) return { kind: "cut" };
    this.headers = head.headers;
    const { connection, rest } = exchange.release();
    this.#connection = connection;
    try {
      if (this.#isClosed) return { kind: "closed" };
      const body = new ChunkedBody(connection, rest);
      if (head.status !== 200) {
        const text = new TextDecoder().decode(rest);
        return { kind: "refused", status: head.status, body: text };
      }
      await this.#readEvents(body);
      return { kind: "whole" };
    } finally {
      if (this.#connection !== undefined) connection.close();
      this.#connection = undefined;
    }
  }

  async #readEvents(body: ChunkedBody): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of body.chunks()) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
      for (const check of this.#onRead) check();
      if (this.#gate !== undefined) await this.#gate.promise;
    }
  }

  #take(line: string): void {
    if (line !== "") return void this.#fields.push(line);
    const fields = this.#fields;
    this.#fields = [];
    const [id] = valuesOf(fields, "id");
    const [retry] = valuesOf(fields, "retry");
    const data = valuesOf(fields, "data");
    this.hasBegun = true;
    if (id !== undefined) this.lastEventId = id;
    if (retry !== undefined) this.retryMs = Number(retry);
    if (data.length === 0) return;
    const type = valuesOf(fields, "event")[0] ?? "message";
    this.events.push({ id: this.lastEventId, type, data: data.join("\n") });
  }
}

function valuesOf(fields: readonly string[], name: string): string[] {
  const start = `${name}: `;
  return fields.flatMap((field) => field.startsWith(start) ? [field.slice(start.length)] : []);
}
