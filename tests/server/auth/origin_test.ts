import { assertEquals } from "@std/assert";
import type { TokenKeys } from "../../../server/config/mod.ts";
import { sign, verifierOf } from "./signer.ts";

type Case = readonly [keys: Partial<TokenKeys>, claims: Record<string, unknown>, isValid: boolean];

const CASES: readonly Case[] = [
  [{ issuer: "us" }, { iss: "us" }, true],
  [{ issuer: "us" }, { iss: "them" }, false],
  [{ issuer: "us" }, { iss: "us/" }, false],
  [{ issuer: "us" }, {}, false],
  [{ issuerRegex: /^u[st]$/ }, { iss: "ut" }, true],
  [{ issuerRegex: /^u[st]$/ }, { iss: "uts" }, false],
  [{ issuerRegex: /^u[st]$/ }, {}, false],
  [{ issuerRegex: /u/g }, { iss: "us" }, true],
  [{ audience: "us" }, { aud: "us" }, true],
  [{ audience: "us" }, { aud: ["them", "us"] }, true],
  [{ audience: "us" }, { aud: "them" }, false],
  [{ audience: "us" }, { aud: ["them"] }, false],
  [{ audience: "us" }, { aud: [] }, false],
  [{ audience: "us" }, {}, false],
  [{ audienceRegex: /^u/ }, { aud: ["them", "us"] }, true],
  [{ audienceRegex: /^u/ }, { aud: "them" }, false],
  [{ audienceRegex: /^u/ }, {}, false],
  [{ audience: "us", issuer: "me" }, { aud: "us", iss: "me" }, true],
  [{ audience: "us", issuer: "me" }, { aud: "us" }, false],
  [{}, { aud: "anybody", iss: "anybody" }, true],
];

for (const [keys, claims, isValid] of CASES) {
  const what = Object.entries(keys).map(([name, value]) => `${name} ${value}`).join(" and ") ||
    "no rule";
  Deno.test(`JwtVerifier with ${what} ${isValid ? "takes" : "refuses"} ${JSON.stringify(claims)}`, async () => {
    const verifier = verifierOf(keys);
    // Twice: a regex must not remember.
    for (const _ of [1, 2]) {
      const connection = await verifier.verifyConnection(await sign(claims));
      assertEquals(connection.kind, isValid ? "valid" : "invalid");
    }
    const token = await sign({ channel: "news", ...claims });
    assertEquals((await verifier.verifySubscription(token)).kind, isValid ? "valid" : "invalid");
  });
}
