import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import type { Redis } from "./ioredis.d.ts";
import type { Ioredis } from "./load_ioredis.ts";
import type { RedisAddress } from "./redis_url.ts";
import { nameOf } from "./redis_url.ts";
import { RedisError, RedisReplyError, RedisUnansweredError } from "./redis_error.ts";

/** A word of a command. */
export type Word = string | Uint8Array<ArrayBuffer>;

/** A command and its words. */
export type Command = readonly [name: string, ...words: Word[]];

/** What Redis answers: bytes, numbers, nothing, or a list of those. */
export type Reply = Uint8Array<ArrayBuffer> | number | null | readonly Reply[];

/** A reply to one of several commands. */
export type Outcome =
  | { readonly kind: "reply"; readonly reply: Reply }
  /** Redis refused it, or did not answer it: {@linkcode RedisUnansweredError}. */
  | { readonly kind: "error"; readonly error: Error };

/** Options of {@linkcode RedisConnection}. */
export interface RedisConnectionOptions {
  readonly ioredis: Ioredis;
  readonly address: RedisAddress;
  /** The authority's certificate, in PEM. */
  readonly ca: string | undefined;
  /** Told when it is lost, with the reason, and with undefined when it is there again. */
  readonly onState: (problem: string | undefined) => void;
}

/** Milliseconds without a byte of an answer after which the connection is given up. */
export const SILENCE_MS = 3_000;

/** How often an idle connection is asked for a sign of life. */
const PING_MS = 1_000;

/** Between attempts to connect again. */
const MAX_RETRY_MS = 500;

/**
 * One connection that is made again when it breaks. Nothing waits for that: while there is none,
 * commands are refused at once, and those under way fail in the moment in which it breaks.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #redis: Redis;
  /** False until the first connection: what fails then is told to who asked for it. */
  #hasBegun = false;
  #isUp = false;
  #isClosed = false;
  #problem = "it has not connected";
  #ping: ReturnType<typeof setInterval> | undefined;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    const { ioredis: { Redis }, address, ca } = options;
    const { host, port, db, password } = address;
    // Redis 6 takes a name along with any password, and one that it does not ask for as well.
    const username = address.username ?? (password === undefined ? undefined : "default");
    this.#redis = new Redis({
      ...{ host, port, db, protocol: 2, lazyConnect: true, disableClientInfo: true },
      ...(username !== undefined && { username, password: password ?? "" }),
      ...(address.hasTls && { tls: { ...(ca !== undefined && { ca }), ...serverName(host) } }),
      ...{ connectTimeout: SILENCE_MS, socketTimeout: SILENCE_MS, noDelay: true },
      ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResubscribe: false },
      ...{ autoResendUnfulfilledCommands: false, connectionName: "midgard" },
      retryStrategy: (times) => this.#hasBegun ? Math.min(MAX_RETRY_MS, 20 * times) : null,
    });
    this.#redis.on("error", (error: Error) => this.#problem = reasonOf(error));
    this.#redis.on("close", () => this.#lost());
  }

  /** Whether commands are taken. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Why they are not. */
  get problem(): string {
    return this.#problem;
  }

  /** @throws {RedisError} if there is no Redis, or it does not let us in. */
  async connect(): Promise<void> {
    // What went wrong first is the reason: the rest follows from it.
    let first: Error | undefined;
    this.#redis.on("error", (error: Error) => first ??= error);
    try {
      await this.#redis.connect();
    } catch (error) {
      this.close();
      const cause = first ?? error;
      const reason = startReasonOf(cause, this.#options.address);
      throw new RedisError(`Cannot use ${nameOf(this.#options.address)} as ${reason}`, { cause });
    }
    this.#hasBegun = true;
    this.#ready();
    this.#redis.on("ready", () => this.#ready());
    this.#ping = setInterval(() => {
      // Its end is seen elsewhere: a silent connection is closed, and that is told.
      if (this.#isUp) this.#redis.ping().catch(() => {});
    }, PING_MS);
  }

  /** @throws {RedisError} if there is no connection, {@linkcode RedisUnansweredError} if it broke. */
  async call(command: Command): Promise<Reply> {
    this.#assertUp();
    try {
      return await this.#redis.callBuffer(...wordsOf(command)) as Reply;
    } catch (error) {
      throw this.#errorOf(error);
    }
  }

  /** Sends commands in one go; gives their outcomes in order. @throws as {@linkcode call}. */
  async callAll(commands: readonly Command[]): Promise<readonly Outcome[]> {
    this.#assertUp();
    const pipeline = this.#redis.pipeline();
    for (const command of commands) pipeline.callBuffer(...wordsOf(command));
    const outcomes = await pipeline.exec() ?? [];
    return outcomes.map(([error, reply]) =>
      error === null
        ? { kind: "reply", reply: reply as Reply }
        : { kind: "error", error: this.#errorOf(error) }
    );
  }

  /** Hears what is published in channels that it subscribes to. */
  onMessage(hear: (channel: string, message: Uint8Array<ArrayBuffer>) => void): void {
    const decoder = new TextDecoder();
    this.#redis.on("messageBuffer", (channel: Uint8Array, message: Uint8Array<ArrayBuffer>) => {
      hear(decoder.decode(channel), message);
    });
  }

  /** Subscribes to channels; resolves once Redis has confirmed it. @throws as {@linkcode call}. */
  async subscribe(channels: readonly string[]): Promise<void> {
    this.#assertUp();
    try {
      await this.#redis.subscribe(...channels);
    } catch (error) {
      throw this.#errorOf(error);
    }
  }

  /** @throws as {@linkcode call}. */
  async unsubscribe(channels: readonly string[]): Promise<void> {
    this.#assertUp();
    try {
      await this.#redis.unsubscribe(...channels);
    } catch (error) {
      throw this.#errorOf(error);
    }
  }

  /** Ends it for good; safe to call twice. */
  close(): void {
    this.#isClosed = true;
    this.#isUp = false;
    clearInterval(this.#ping);
    this.#redis.disconnect();
  }

  #ready(): void {
    this.#isUp = true;
    this.#options.onState(undefined);
  }

  #lost(): void {
    if (!this.#isUp || this.#isClosed) return;
    this.#isUp = false;
    this.#options.onState(this.#problem);
  }

  #assertUp(): void {
    if (this.#isUp) return;
    const { address } = this.#options;
    throw new RedisError(`Cannot reach ${nameOf(address)} as ${this.#problem}`);
  }

  #errorOf(error: unknown): Error {
    if (error instanceof Error && error.name === "ReplyError") {
      return new RedisReplyError(error.message, { cause: error });
    }
    const { address } = this.#options;
    return new RedisUnansweredError(`${nameOf(address)} gave no answer: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** An address is no name (RFC 6066 3). */
function serverName(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

/** The package takes nothing but strings and Buffers for what they are. */
function wordsOf([name, ...words]: Command): [string, ...(string | Buffer)[]] {
  return [
    name,
    ...words.map((word) =>
      typeof word === "string" ? word : Buffer.from(word.buffer, word.byteOffset, word.byteLength)
    ),
  ];
}

/** Why a first connection failed: then it may also be something else that answers. */
function startReasonOf(error: unknown, { hasTls }: RedisAddress): string {
  const { message, code = "" } = error as Error & { code?: string };
  const reason = reasonOf(error);
  if (/^Unknown RESP type/.test(message)) return "what answers there is no Redis";
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER") return "what answers there speaks no TLS";
  // Deno 2.6 says no more than that.
  if (message === "write UNKNOWN") {
    return "it speaks no TLS, or its certificate is not to be trusted";
  }
  if (/_CERT|_LEAF_/.test(code)) return `its certificate is not to be trusted (${message})`;
  if (code === "ECONNRESET") return `it ends the connection${hasTls ? "" : ": does it want TLS"}`;
  return hasTls && code === "ETIMEDOUT" ? `${reason}: does it speak TLS` : reason;
}

/** In a few words, for people. */
function reasonOf(error: unknown): string {
  const { message, code = "" } = error as Error & { code?: string };
  if (code === "ECONNREFUSED") return "nobody listens there";
  if (code === "ETIMEDOUT" || message.startsWith("Socket timeout")) {
    return `nothing was heard for ${SILENCE_MS / 1_000} s`;
  }
  if (code === "ENOTFOUND") return "no such host is known";
  if (/^(WRONGPASS|NOAUTH|ERR.*AUTH)/.test(message)) return `it refuses the password (${message})`;
  return message === "Connection is closed." ? "the connection has ended" : message;
}
