import { JwtVerifier } from "./auth/mod.ts";
import type { Config } from "./config/mod.ts";
import { isLoopback } from "./config/mod.ts";
import type { HttpSettings } from "./http/mod.ts";
import { HostPolicy, OriginPolicy } from "./http/mod.ts";

/** What may change while the server runs: everything that asks for it asks anew each time. */
export class Settings {
  readonly origins: OriginPolicy;
  #config: Config;
  #current: HttpSettings;
  #hosts: HostPolicy | undefined;

  constructor(config: Config) {
    this.#config = config;
    this.#current = httpSettings(config);
    this.origins = new OriginPolicy(config.allowedOrigins);
    this.#hosts = hostPolicy(config);
  }

  get current(): HttpSettings {
    return this.#current;
  }

  /** The configuration in force. */
  get config(): Config {
    return this.#config;
  }

  /** Whether the server may be called by such a `Host`. */
  allows(host: string | null): boolean {
    return this.#hosts?.allows(host) ?? true;
  }

  /** Takes over a configuration, as far as it does not take a restart. Keys of tokens are fetched anew. */
  replace(config: Config): void {
    this.#config = config;
    this.#current = httpSettings(config);
    this.origins.replace(config.allowedOrigins);
    this.#hosts = hostPolicy(config);
  }
}

function httpSettings({ client, channels, api }: Config): HttpSettings {
  const { token: connection, subscriptionToken: subscription } = client;
  return { client, channels, api, verifier: new JwtVerifier({ connection, subscription }) };
}

/**
 * A server that lets its own machine in without a token must be called by its own names; whoever
 * says --anonymous means everyone, by whatever name.
 */
function hostPolicy({ host, anonymous, client, allowedOrigins }: Config): HostPolicy | undefined {
  const isForThisMachine = isLoopback(host) && anonymous !== true &&
    client.allowAnonymousConnectWithoutToken;
  return isForThisMachine ? new HostPolicy(allowedOrigins) : undefined;
}
