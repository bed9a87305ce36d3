/** A server with every namespace, its key and tokens, and a look into its logs. */
import { assertEquals } from "@std/assert";
import { Midgard, type Mode, type RunningMidgard } from "../helpers/midgard.ts";
import { sign } from "../server/auth/signer.ts";
import type { Asker } from "./permission_model.ts";
import { NAMESPACES, WITHOUT_NAMESPACE } from "./permission_namespaces.ts";

/** What the server of these tests is configured with. */
export const SITE_SECRET = "the secret of the permission tests";
/** The key of its server API. */
export const SITE_API_KEY = "the-key-of-the-permission-tests";

/** Everybody who tries. */
export const ASKERS = {
  "no token": { user: "" },
  "anonymous token": { user: "" },
  "user token": { user: "42" },
  "user and subscription token": { user: "42", subscriptionToken: "own" },
  "token for another user": { user: "42", subscriptionToken: "of another" },
  "API key": { user: "", hasApiKey: true },
} as const satisfies Readonly<Record<string, Asker>>;

/** See {@linkcode ASKERS}. */
export type AskerName = keyof typeof ASKERS;

/** The other user, whose subscription token is shown in vain. */
export const ANOTHER_USER = "7";

/** What somebody says to be let in; undefined for nothing. */
export async function connectionToken(name: AskerName): Promise<string | undefined> {
  if (name === "no token" || name === "API key") return undefined;
  return await sign({ sub: ASKERS[name].user }, { key: SITE_SECRET });
}

/** What somebody shows for a channel; undefined for nothing. */
export async function subscriptionToken(
  name: AskerName,
  channel: string,
): Promise<string | undefined> {
  const { subscriptionToken: whose, user }: Asker = ASKERS[name];
  if (whose === undefined) return undefined;
  const sub = whose === "own" ? user : ANOTHER_USER;
  return await sign({ sub, channel }, { key: SITE_SECRET });
}

/** A running server, seen through its server API. */
export class PermissionSite {
  readonly server: RunningMidgard;
  /** Checks that were made. */
  cells = 0;

  constructor(server: RunningMidgard) {
    this.server = server;
  }

  get port(): number {
    return this.server.port;
  }

  /** Counts one cell: what was, and what had to be. */
  check(actual: unknown, expected: unknown, cell: string): void {
    this.cells += 1;
    assertEquals(actual, expected, cell);
  }

  /** Calls a method of the server API. */
  async call(method: string, params: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`http://127.0.0.1:${this.port}/api/${method}`, {
      method: "POST",
      body: JSON.stringify(params),
      headers: { "x-api-key": SITE_API_KEY },
    });
    const text = await response.text();
    if (response.status !== 200) return { status: response.status, text };
    return JSON.parse(text);
  }

  /** Stores one publication; whether it could be. */
  async publish(channel: string, data: unknown): Promise<boolean> {
    return "result" in await this.call("publish", { channel, data });
  }

  /** How many were ever stored in a channel; undefined if there is no such channel. */
  async offsetOf(channel: string): Promise<number | undefined> {
    return (await this.positionOf(channel))?.offset;
  }

  /** Where a channel's log stands. */
  async positionOf(
    channel: string,
  ): Promise<{ readonly epoch: string; readonly offset: number } | undefined> {
    const url = `http://127.0.0.1:${this.port}/channels/${encodeURIComponent(channel)}?limit=1`;
    const response = await fetch(url, { headers: { "x-api-key": SITE_API_KEY } });
    const body = await response.json();
    return response.status === 200 ? { epoch: body.epoch, offset: body.offset } : undefined;
  }
}

/** The configuration that all this is about. */
const CONFIGURATION = {
  client: { token: { hmac_secret_key: SITE_SECRET }, allow_anonymous_connect_without_token: true },
  http_api: { key: SITE_API_KEY },
  log: { level: "debug" },
  channel: {
    without_namespace: WITHOUT_NAMESPACE,
    namespaces: Object.entries(NAMESPACES).map(([name, options]) => ({ name, ...options })),
  },
};

/** Starts the server of these tests. */
export async function startPermissionSite(mode: Mode, folder: string): Promise<PermissionSite> {
  const path = `${folder}/midgard.json`;
  await Deno.writeTextFile(path, JSON.stringify(CONFIGURATION));
  return new PermissionSite(await Midgard.start({ mode, cwd: folder, args: ["--config", path] }));
}
