import type {
  Identity,
  SubscriptionGrant,
  SubscriptionToken,
  TokenVerifier,
  Verified,
} from "../../../server/auth/mod.ts";

/** Knows the tokens that a test gives out; `gate` holds every answer up. */
export class FakeVerifier implements TokenVerifier {
  gate: Promise<void> = Promise.resolve();
  readonly #connections = new Map<string, Verified<Identity>>();
  readonly #subscriptions = new Map<string, Verified<SubscriptionToken>>();

  /** A connection token. */
  connection(identity: Partial<Identity> = {}): string {
    const nobody = { user: "", expiresAt: undefined, info: undefined, subscriptions: new Map() };
    return put(this.#connections, { kind: "valid", value: { ...nobody, ...identity } });
  }

  /** A connection token with server-side subscriptions. */
  connectionTo(subscriptions: Readonly<Record<string, SubscriptionGrant>>, user = "42"): string {
    return this.connection({ user, subscriptions: new Map(Object.entries(subscriptions)) });
  }

  /** A subscription token. */
  subscription(
    token: Partial<SubscriptionToken> & { readonly channel: string },
  ): string {
    const value = { user: "", client: undefined, grant: {}, ...token };
    return put(this.#subscriptions, { kind: "valid", value });
  }

  /** A token of either kind that is not valid. */
  bad(kind: "expired" | "invalid" | "unavailable"): string {
    const verified = { kind, reason: "the test says so" };
    this.#subscriptions.set(kind, verified);
    this.#connections.set(kind, verified);
    return kind;
  }

  async verifyConnection(token: string): Promise<Verified<Identity>> {
    await this.gate;
    return this.#connections.get(token) ?? { kind: "invalid", reason: "unknown" };
  }

  async verifySubscription(token: string): Promise<Verified<SubscriptionToken>> {
    await this.gate;
    return this.#subscriptions.get(token) ?? { kind: "invalid", reason: "unknown" };
  }
}

function put<T>(tokens: Map<string, Verified<T>>, verified: Verified<T>): string {
  const token = `token ${tokens.size + 1}`;
  tokens.set(token, verified);
  return token;
}
