/**
 * HTTP/1.1 over a bare TCP connection: for half-sent headers, bad keys and everything else that
 * `fetch` would repair or refuse. A connection that ends early is an outcome, not an exception,
 * because whether it ended with a FIN or a reset is what the tests are about.
 */
import { concatBytes } from "./frames.ts";

/** An answer as it came, unpacked. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** What became of a request: an answer, or how the connection ended without a whole one. */
export type HttpOutcome =
  | { readonly kind: "response"; readonly response: HttpResponse }
  | { readonly kind: "eof"; readonly received: string }
  | { readonly kind: "reset"; readonly received: string };

/** The start of an answer, and the bytes that came after it. */
export interface HttpHead {
  readonly status: number;
  readonly headers: Headers;
}

/** Whom a client of a server with TLS trusts. */
export interface TlsTrust {
  /** The authority's certificate in PEM. */
  readonly caText: string;
}

/** What to send besides method and path. */
export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEAD_END = encoder.encode("\r\n\r\n");
const LINE_END = encoder.encode("\r\n");
const READ_BYTES = 16_384;

/** Sends `text` as it is and returns the answer; the connection is closed afterwards. */
export async function rawRequest(port: number, text: string): Promise<HttpResponse> {
  using exchange = await HttpExchange.open(port);
  await exchange.write(text);
  const outcome = await exchange.response();
  if (outcome.kind === "response") return outcome.response;
  throw new Error(
    `Cannot read an answer to ${JSON.stringify(text.slice(0, 80))}: ` +
      `the connection ended with ${outcome.kind} after ${JSON.stringify(outcome.received)}`,
  );
}

/** Sends a well-formed request, as `request(port, "GET /readyz")`, on a connection of its own. */
export function request(
  port: number,
  line: string,
  options: RequestOptions = {},
): Promise<HttpResponse> {
  return rawRequest(port, requestText(line, { Connection: "close", ...options.headers }, options));
}

/** The bytes of a well-formed request as text; `body` sets Content-Length. */
export function requestText(
  line: string,
  headers: Readonly<Record<string, string>>,
  { body }: RequestOptions = {},
): string {
  const fields: Record<string, string> = { Host: "127.0.0.1", ...headers };
  if (body !== undefined) fields["Content-Length"] = String(encoder.encode(body).length);
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`;
}

/** One connection on which requests are written piece by piece and answers are read. */
export class HttpExchange implements Disposable {
  readonly #connection: Deno.Conn;
  #rest: Uint8Array = new Uint8Array(0);
  #hasEnded = false;
  #isClosed = false;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects to `port` on loopback, over TLS where somebody is trusted. */
  static async open(port: number, tls?: TlsTrust): Promise<HttpExchange> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    if (tls === undefined) return new HttpExchange(connection);
    const options = { hostname: "localhost", caCerts: [tls.caText] };
    const secure = await Deno.startTls(connection, options);
    await secure.handshake();
    return new HttpExchange(secure);
  }

  /** Writes all of it; `false` when the connection is gone. */
  async write(data: string | Uint8Array): Promise<boolean> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  /** Reads one whole answer. May be called again for the next one on the same connection. */
  async response(): Promise<HttpOutcome> {
    try {
      const head = await this.head();
      if (head) {
        const body = await this.#body(head);
        if (body !== undefined) return { kind: "response", response: { ...head, body } };
      }
      return { kind: "eof", received: this.#received() };
    } catch {
      return { kind: "reset", received: this.#received() };
    }
  }

  /** Reads status and headers; `undefined` when the connection ended first. Throws on a reset. */
  async head(): Promise<HttpHead | undefined> {
    const bytes = await this.#readThrough(HEAD_END);
    if (!bytes) return undefined;
    const [first = "", ...fields] = decoder.decode(bytes).trimEnd().split("\r\n");
    const headers = new Headers();
    for (const field of fields) {
      const colon = field.indexOf(":");
      headers.append(field.slice(0, colon), field.slice(colon + 1).trim());
    }
    return { status: Number(first.split(" ")[1]), headers };
  }

  /** Hands the connection over, with the bytes that came after the head: an upgrade has happened. */
  release(): { connection: Deno.Conn; rest: Uint8Array } {
    this.#isClosed = true;
    return { connection: this.#connection, rest: this.#rest };
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }

  async #body({ status, headers }: HttpHead): Promise<string | undefined> {
    if (status < 200 || status === 204 || status === 304) return "";
    if (headers.get("transfer-encoding") === "chunked") return await this.#chunkedBody();
    const length = headers.get("content-length");
    if (length !== null) return decodeOr(await this.#take(Number(length)));
    while (await this.#more());
    return decodeOr(await this.#take(this.#rest.length));
  }

  async #chunkedBody(): Promise<string | undefined> {
    const parts: Uint8Array[] = [];
    while (true) {
      const line = await this.#readThrough(LINE_END);
      if (!line) return undefined;
      const size = parseInt(decoder.decode(line), 16);
      const chunk = await this.#take(size + LINE_END.length);
      if (!chunk) return undefined;
      if (size === 0) return decoder.decode(concatBytes(parts));
      parts.push(chunk.subarray(0, size));
    }
  }

  async #readThrough(mark: Uint8Array): Promise<Uint8Array | undefined> {
    while (true) {
      const at = indexOf(this.#rest, mark);
      if (at >= 0) return await this.#take(at + mark.length);
      if (!(await this.#more())) return undefined;
    }
  }

  async #take(count: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length < count) {
      if (!(await this.#more())) return undefined;
    }
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  async #more(): Promise<boolean> {
    if (this.#hasEnded) return false;
    const buffer = new Uint8Array(READ_BYTES);
    const count = await this.#connection.read(buffer);
    this.#hasEnded = count === null;
    if (count !== null) this.#rest = concatBytes([this.#rest, buffer.subarray(0, count)]);
    return count !== null;
  }

  #received(): string {
    return decoder.decode(this.#rest.subarray(0, 200));
  }
}

function decodeOr(bytes: Uint8Array | undefined): string | undefined {
  return bytes && decoder.decode(bytes);
}

function indexOf(bytes: Uint8Array, mark: Uint8Array): number {
  for (let at = 0; at + mark.length <= bytes.length; at++) {
    if (mark.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}
