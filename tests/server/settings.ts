import { JwtVerifier } from "../../server/auth/mod.ts";
import type { ChannelOptions, ClientOptions } from "../../server/config/mod.ts";
import { DEFAULT_CLIENT, OPEN_CHANNEL } from "../../server/config/mod.ts";
import type { HttpSettings } from "../../server/http/mod.ts";
import { LocalMembers } from "../../server/hub/mod.ts";
import type { Place } from "../../server/limits/mod.ts";
import { ConnectionLimits } from "../../server/limits/mod.ts";
import { Counts } from "../../server/metrics/mod.ts";
import type { ClientEnvironment } from "../../server/session/mod.ts";
import { ClientRegistry } from "../../server/session/mod.ts";

/** What differs from a server that lets everybody do everything. */
export interface DifferentSettings {
  readonly client?: Partial<ClientOptions>;
  readonly channel?: Partial<ChannelOptions>;
  readonly namespaces?: Readonly<Record<string, Partial<ChannelOptions>>>;
  readonly api?: Partial<HttpSettings["api"]>;
}

/** Settings of a server that nobody configured, but for what differs. */
export function settingsWith(different: DifferentSettings = {}): HttpSettings {
  const client = {
    ...DEFAULT_CLIENT,
    allowAnonymousConnectWithoutToken: true,
    isInsecure: true,
    ...different.client,
  };
  const named = Object.entries(different.namespaces ?? {}).map(([name, options]) =>
    [name, { ...OPEN_CHANNEL, ...options }] as const
  );
  return {
    client,
    channels: {
      withoutNamespace: { ...OPEN_CHANNEL, ...different.channel },
      namespaces: different.namespaces === undefined ? undefined : new Map(named),
    },
    api: { key: undefined, errorMode: "", ...different.api },
    verifier: new JwtVerifier({
      connection: client.token,
      subscription: client.subscriptionToken,
    }),
  };
}

/** The place of a connection that nobody counts. */
export const UNCOUNTED: Place = { release() {} };

/** Limits on connections, as the settings have them. */
export function limitsOf(settings: () => HttpSettings): ConnectionLimits {
  return new ConnectionLimits(() => settings().client, new ClientRegistry());
}

/** What clients share, on top of a hub, a log and a wheel. */
export function environmentOf(
  parts: Pick<ClientEnvironment, "hub" | "log" | "wheel">,
  settings: () => HttpSettings,
  onError: (error: unknown) => void = () => {},
): ClientEnvironment {
  const clients = new ClientRegistry();
  const counts = new Counts();
  const members = new LocalMembers(parts.hub);
  const about = { node: "node", version: "Midgard test" };
  return { ...parts, members, clients, counts, settings, ...about, onError };
}
