/** A server that asks for tokens, and remembers for the test what must not be in its log. */
import { assert, assertEquals } from "@std/assert";
import { CentrifugePeer, type CentrifugePeerOptions } from "../helpers/centrifuge_peer.ts";
import { Midgard, type Mode, type RunningMidgard } from "../helpers/midgard.ts";
import { sign } from "../server/auth/signer.ts";

/** The secret that tokens are signed with where nothing else is said. */
export const TOKEN_SECRET = "the secret of the token tests";
/** The key of the server API. */
export const TOKEN_API_KEY = "the-key-of-the-token-tests";

/** How to sign a token. */
export type SignOptions = Parameters<typeof sign>[1];

/** What is configured beside a secret. */
export interface TokenSiteOptions {
  readonly mode: Mode;
  readonly client?: Readonly<Record<string, unknown>>;
  /** @default the secret only */
  readonly token?: Readonly<Record<string, unknown>>;
  readonly channel?: Readonly<Record<string, unknown>>;
}

/** Seconds since 1970, so many from now. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds;
}

const KEPT = { history_size: 100, history_ttl: "1h", presence: true, join_leave: true };
const CHANNEL = {
  namespaces: [
    { name: "closed", ...KEPT },
    { name: "open", ...KEPT, ...allowed("subscribe"), ...allowed("publish") },
  ],
};

function allowed(what: string): Record<string, boolean> {
  return { [`allow_${what}_for_client`]: true, [`allow_${what}_for_anonymous`]: true };
}

/** A server with tokens. Dispose of it with `await using`. */
export class TokenSite implements AsyncDisposable {
  readonly server: RunningMidgard;
  readonly #folder: string;
  /** What nobody may read in the log. */
  readonly #secrets = new Set([TOKEN_SECRET, TOKEN_API_KEY]);

  private constructor(server: RunningMidgard, folder: string) {
    this.server = server;
    this.#folder = folder;
  }

  /** Starts a server: nobody may come without a token, and everything is logged. */
  static async start(
    { mode, client = {}, token = { hmac_secret_key: TOKEN_SECRET }, channel = CHANNEL }:
      TokenSiteOptions,
  ): Promise<TokenSite> {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/midgard.json`;
    const configuration = {
      client: { allow_anonymous_connect_without_token: false, token, ...client },
      http_api: { key: TOKEN_API_KEY },
      log: { level: "debug" },
      channel,
    };
    await Deno.writeTextFile(path, JSON.stringify(configuration));
    const server = await Midgard.start({ mode, cwd: folder, args: ["--config", path] });
    return new TokenSite(server, folder);
  }

  get port(): number {
    return this.server.port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Signs a token. */
  async sign(claims: unknown, options?: SignOptions): Promise<string> {
    return this.keepSecret(await sign(claims, { key: TOKEN_SECRET, ...options }));
  }

  /** A text that must not be logged, nor the signature in it. */
  keepSecret(text: string): string {
    const signature = text.split(".")[2] ?? "";
    for (const secret of [text, signature]) if (secret.length > 8) this.#secrets.add(secret);
    return text;
  }

  /** Connects a client of the protocol. */
  async connect(
    options: Omit<CentrifugePeerOptions, "port" | "protocol"> & Partial<CentrifugePeerOptions>,
  ): Promise<CentrifugePeer> {
    return await CentrifugePeer.open({ protocol: "websocket", ...options, port: this.port });
  }

  /** Calls the server API; gives the result. */
  async call(method: string, params: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.origin}/api/${method}`, {
      method: "POST",
      body: JSON.stringify(params),
      headers: { "x-api-key": TOKEN_API_KEY },
    });
    const { result } = await response.json();
    assert(result !== undefined, `${method}: ${response.status}`);
    return result;
  }

  /** How many publications were ever stored in a channel. */
  async offsetOf(channel: string): Promise<number> {
    return Number((await this.call("history", { channel }))["offset"]);
  }

  /** Stops the server and reads the whole log: nothing in it is secret. */
  async stop(): Promise<void> {
    await this.server.stop();
    const log = this.server.log.toString();
    const found = [...this.#secrets].filter((secret) => log.includes(secret));
    assertEquals(found, [], "secrets in the log");
    assertEquals(this.server.log.of("internal_error"), [], "bugs in the log");
    assertEquals(this.server.log.of("request_failed"), [], "failed requests in the log");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
  }
}
