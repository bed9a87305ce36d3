import { JwtVerifier } from "./auth/mod.ts";
import type { Config } from "./config/mod.ts";
import type { HttpSettings } from "./http/mod.ts";

/** What may change while the server runs: everything that asks for it asks anew each time. */
export class Settings {
  #current: HttpSettings;

  constructor(config: Config) {
    this.#current = settingsOf(config);
  }

  get current(): HttpSettings {
    return this.#current;
  }

  /** Takes over what can be taken over without a restart. Keys that tokens are checked with are fetched anew. */
  replace(config: Config): void {
    this.#current = settingsOf(config);
  }
}

function settingsOf({ client, channels, api }: Config): HttpSettings {
  const { token: connection, subscriptionToken: subscription } = client;
  return { client, channels, api, verifier: new JwtVerifier({ connection, subscription }) };
}
