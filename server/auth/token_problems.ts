import type { ClientOptions, TokenKeys } from "../config/mod.ts";
import { JwtVerifier } from "./jwt_verifier.ts";
import { keyProblems } from "./static_keys.ts";

/**
 * What is wrong with the keys that tokens are to be checked with, a sentence each: what only the
 * code that uses them can tell. A key that cannot be used would refuse everybody, one at a time.
 */
export async function tokenProblems(
  { token, subscriptionToken }: Pick<ClientOptions, "token" | "subscriptionToken">,
): Promise<string[]> {
  const problems = await problemsOf("client.token", token);
  if (subscriptionToken === undefined) return problems;
  return [...problems, ...await problemsOf("client.subscription_token", subscriptionToken)];
}

async function problemsOf(section: string, keys: TokenKeys): Promise<string[]> {
  const ofKeys = (await keyProblems(keys)).map(({ name, rule }) => {
    const key = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return `Cannot start as "${section}.${key}" must be ${rule}`;
  });
  try {
    new JwtVerifier({ connection: keys, subscription: undefined });
    return ofKeys;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [...ofKeys, error.message.replace('"jwks_public', `"${section}.jwks_public`)];
  }
}
