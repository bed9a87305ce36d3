import { requestUrl } from "../address.ts";
import { retryAfterMs } from "../patience.ts";
import { answeredJson, refusalOf } from "../refusal.ts";
import { failureOf, isLasting } from "../trust.ts";

/** A server, and how to reach it. */
export interface Reach {
  readonly url: string;
  /** Trusts a private authority; undefined for the public ones. */
  readonly client: Deno.HttpClient | undefined;
  readonly signal: AbortSignal;
}

/** Why a stream did not open, or has ended: the end of a sentence. */
export interface Failure {
  readonly kind: "failed";
  readonly problem: string;
  /** Milliseconds that the server asks to wait. */
  readonly askedMs: number;
  /** Whether coming back does not help; `address` if it may where the address has worked before. */
  readonly isFinal: boolean | "address";
}

/** A failure that passes. */
export function passing(problem: string, askedMs = 0): Failure {
  return { kind: "failed", problem, askedMs, isFinal: false };
}

/** A failure that stays. */
export function final(problem: string): Failure {
  return { kind: "failed", problem, askedMs: 0, isFinal: true };
}

/** What an error of `fetch` amounts to. */
export function failureFrom(error: unknown): Failure {
  const problem = failureOf(error);
  return isLasting(error) ? { ...final(problem), isFinal: "address" } : passing(problem);
}

/** What an answer amounts to that is not the one that was hoped for. */
export async function refusedAnswer(response: Response): Promise<Failure> {
  const { status } = response;
  const refusal = refusalOf(await answeredJson(response));
  const problem = refusal?.message ?? `it answers with HTTP ${status} and may be no Midgard`;
  const isPassing = status === 429 || status >= 500;
  return isPassing ? passing(problem, retryAfterMs(response)) : final(problem);
}

const OPEN_TIMEOUT_MS = 10_000;
/** Milliseconds by which a ping may be late; half of a minute where no pings are announced. */
const PING_GRACE_MS = 10_000;
/** A line of more characters is no answer of a Midgard. */
const MAX_LINE = 256 * 1_048_576;

/**
 * The Centrifuge protocol over HTTP streaming: the answer to one request is the stream, and what is
 * not read of it is held back by the server.
 */
export class ClientStream {
  /** Milliseconds between pings, once the server has announced them. */
  pingMs = 0;
  readonly #reach: Reach;
  readonly #abort: AbortController;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #rest = "";

  private constructor(reach: Reach, abort: AbortController, body: ReadableStream<Uint8Array>) {
    this.#reach = reach;
    this.#abort = abort;
    const decoder = new TextDecoderStream() as TransformStream<Uint8Array, string>;
    this.#reader = body.pipeThrough(decoder).getReader();
  }

  /** Opens a stream with its first commands; never rejects. */
  static async open(reach: Reach, commands: readonly object[]): Promise<ClientStream | Failure> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), OPEN_TIMEOUT_MS);
    const { url, client, signal } = reach;
    try {
      const response = await fetch(requestUrl(url, "/connection/http_stream"), {
        ...{ method: "POST", redirect: "manual", headers: { "content-type": "application/json" } },
        body: commands.map((command) => JSON.stringify(command)).join("\n"),
        ...(client !== undefined && { client }),
        signal: AbortSignal.any([abort.signal, signal]),
      });
      if (response.status !== 200 || response.body === null) return await refusedAnswer(response);
      if (response.headers.get("content-type")?.startsWith("application/json") !== true) {
        await response.body.cancel();
        return final("what answers is no Midgard");
      }
      return new ClientStream(reach, abort, response.body);
    } catch (error) {
      return abort.signal.aborted ? passing("no answer within 10 s") : failureFrom(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next whole lines; undefined behind the last, or when the other side has fallen silent. */
  async lines(): Promise<readonly string[] | undefined> {
    const timer = setTimeout(() => this.#abort.abort(), this.#silenceMs);
    try {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      // What came before has no end of a line in it: a long line is not looked at again and again.
      const [end = "", ...later] = value.split("\n");
      this.#rest += end;
      if (this.#rest.length > MAX_LINE) this.close();
      const last = later.pop();
      if (last === undefined) return [];
      const first = this.#rest;
      this.#rest = last;
      return [first, ...later];
    } catch {
      // Cut, or aborted: the stream has ended either way.
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Answers a ping. A pong that fails to arrive has the server end the stream, which tells all. */
  async pong(
    { session, node }: { readonly session: string; readonly node: string },
  ): Promise<void> {
    const { url, client, signal } = this.#reach;
    try {
      const response = await fetch(requestUrl(url, "/emulation"), {
        ...{ method: "POST", headers: { "content-type": "application/json" } },
        body: JSON.stringify({ session, node, data: "{}" }),
        ...(client !== undefined && { client }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]),
      });
      await response.body?.cancel();
    } catch {
      // The stream's own end is what counts.
    }
  }

  /** Ends the stream; may be called twice. */
  close(): void {
    this.#abort.abort();
  }

  get #silenceMs(): number {
    return this.pingMs === 0 ? 3 * PING_GRACE_MS : this.pingMs + PING_GRACE_MS;
  }
}
