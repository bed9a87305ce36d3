import type { TokenKeys } from "../config/mod.ts";
import type { ClaimReader } from "./claim_reader.ts";

/** Whom a token must come from and be for. */
export type ClaimRules = Pick<
  TokenKeys,
  "audience" | "audienceRegex" | "issuer" | "issuerRegex"
>;

/** What a token says of where it comes from and whom it is for. */
export interface Origin {
  /** Empty where it says nothing. */
  readonly issuer: string;
  readonly audiences: readonly string[];
}

/** Reads `iss` and `aud`, which is one string or a list (RFC 7519 4.1.3). */
export function originOf(claims: ClaimReader): Origin {
  return {
    issuer: claims.text("iss") ?? "",
    audiences: claims.textOrTexts("aud"),
  };
}

/** Why a token is not for this server; undefined if it is. */
export function originFault(
  { issuer, audiences }: Origin,
  rules: ClaimRules,
): string | undefined {
  if (rules.issuer !== undefined && issuer !== rules.issuer) return "the issuer is another one";
  // `search` leaves `lastIndex` alone, so a regex with the flag `g` has no memory here.
  if (rules.issuerRegex && issuer.search(rules.issuerRegex) === -1) {
    return "the issuer does not match";
  }
  if (rules.audience !== undefined && !audiences.includes(rules.audience)) {
    return "the audience is another one";
  }
  const regex = rules.audienceRegex;
  if (regex && !audiences.some((audience) => audience.search(regex) !== -1)) {
    return "the audience does not match";
  }
}

/**
 * Whether a token is of this moment. One of the future is as good as expired, as in Centrifugo:
 * clocks differ, and a client that is told so comes back with another token.
 */
export function isTimely(claims: ClaimReader, nowS: number): boolean {
  const [expiresAt, notBefore] = [claims.number("exp"), claims.number("nbf")];
  claims.number("iat");
  return (expiresAt === undefined || nowS < expiresAt) &&
    (notBefore === undefined || nowS >= notBefore);
}

/** Unix seconds at which what a token grants ends: `expire_at` if it is there, else `exp`. */
export function expiryOf(claims: ClaimReader): number | undefined {
  const expireAt = claims.seconds("expire_at");
  if (expireAt !== undefined) return expireAt === 0 ? undefined : expireAt;
  const expiresAt = claims.number("exp");
  return expiresAt === undefined ? undefined : Math.floor(expiresAt);
}
