/** A server with a server API, and clients of every kind. */
import { assert, assertEquals } from "@std/assert";
import { CentrifugePeer } from "../helpers/centrifuge_peer.ts";
import { type Fields, WIRE_PROTOCOLS } from "../helpers/centrifuge_wire.ts";
import { Midgard, type Mode, type RunningMidgard } from "../helpers/midgard.ts";
import { sign } from "../server/auth/signer.ts";

const SECRET = "the secret of the api tests";
/** The key of the server API. */
export const API_KEY = "the-key-of-the-api-tests";

const KEPT = { history_size: 100, history_ttl: "1h", presence: true, join_leave: true };
const OPEN = {
  allow_subscribe_for_client: true,
  allow_publish_for_client: true,
  force_recovery: true,
};
const NAMESPACES = [{ name: "log", ...KEPT, ...OPEN }, { name: "off" }];

/** What is said of the server API, and where the history is. */
export interface ApiSiteOptions {
  readonly mode: Mode;
  readonly cwd: string;
  readonly errorMode?: string;
}

/** An answer of the server API. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** A running server. Dispose of its `server`. */
export class ApiSite {
  readonly server: RunningMidgard;

  constructor(server: RunningMidgard) {
    this.server = server;
  }

  /** Starts a server whose history is in `cwd`. */
  static async start({ mode, cwd, errorMode = "" }: ApiSiteOptions): Promise<ApiSite> {
    const path = `${cwd}/midgard.json`;
    const configuration = {
      client: { token: { hmac_secret_key: SECRET } },
      http_api: { key: API_KEY, error_mode: errorMode },
      channel: { namespaces: NAMESPACES },
    };
    await Deno.writeTextFile(path, JSON.stringify(configuration));
    return new ApiSite(await Midgard.start({ mode, cwd, args: ["--config", path] }));
  }

  get origin(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  /** Sends a body to a method, with the key unless other headers are given. */
  async post(
    method: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = { "X-API-Key": API_KEY },
  ): Promise<ApiAnswer> {
    const response = await fetch(`${this.origin}/api/${method}`, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers,
    });
    return { status: response.status, text: await response.text() };
  }

  /** The result of a call that succeeds. */
  async call(method: string, params: unknown = {}): Promise<Fields> {
    const { status, text } = await this.post(method, params);
    assertEquals(status, 200, text);
    const { result, ...others } = JSON.parse(text);
    assert(result !== undefined, text);
    assertEquals(others, {});
    return result;
  }

  /** The code of the error that a call is answered with. */
  async errorOf(method: string, params: unknown): Promise<number> {
    const { status, text } = await this.post(method, params);
    assertEquals(status, 200, text);
    return JSON.parse(text).error.code;
  }

  /** A connection token. */
  async tokenOf(user: string): Promise<string> {
    return await sign({ sub: user }, { key: SECRET });
  }

  /** One client of a user for each transport. */
  async clientsOf(user: string): Promise<CentrifugePeer[]> {
    const connect = { token: await this.tokenOf(user) };
    return await Promise.all(
      WIRE_PROTOCOLS.map((protocol) =>
        CentrifugePeer.open({ port: this.server.port, protocol, connect })
      ),
    );
  }
}

/** The ids by which clients know themselves. */
export function idsOf(peers: readonly CentrifugePeer[]): string[] {
  return peers.map(({ result }) => String(result["client"]));
}
