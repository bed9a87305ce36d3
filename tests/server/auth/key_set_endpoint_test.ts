import { assert, assertEquals, assertThrows } from "@std/assert";
import type { TokenKeys } from "../../../server/config/mod.ts";
import { KeyServer, keySet } from "./key_server.ts";
import { keysFor, sign, verifierOf } from "./signer.ts";

const [ONE, TWO] = [await keysFor("ES256", "key"), await keysFor("ES256", "key")];

/** A server with the keys of one tenant each below /one and /two. */
function tenants(): KeyServer {
  const server = new KeyServer();
  server.answer = ({ url }) => keySet(new URL(url).pathname.startsWith("/one") ? ONE.jwk : TWO.jwk);
  return server;
}

async function kindOf(
  keys: Partial<TokenKeys>,
  claims: Record<string, unknown>,
  { alg, privateKey: key } = ONE,
): Promise<string> {
  const token = await sign(claims, { alg, key, kid: "key" });
  return (await verifierOf(keys).verifyConnection(token)).kind;
}

Deno.test("JwtVerifier fetches the keys of the issuer that a token names", async () => {
  await using server = tenants();
  const keys = {
    jwksPublicEndpoint: `${server.url}/{{tenant}}/keys?for={{tenant}}`,
    issuerRegex: /^https:\/\/(?<tenant>one|two)\.example\.com$/,
  };
  assertEquals(await kindOf(keys, { iss: "https://one.example.com" }), "valid");
  assertEquals(await kindOf(keys, { iss: "https://two.example.com" }, TWO), "valid");
  assertEquals(await kindOf(keys, { iss: "https://two.example.com" }, ONE), "invalid");
  assertEquals(server.asked, ["/one/keys?for=one", "/two/keys?for=two", "/two/keys?for=two"]);
});

Deno.test("JwtVerifier keeps keys of the same name apart by their address", async () => {
  await using server = tenants();
  const verifier = verifierOf({
    jwksPublicEndpoint: `${server.url}/{{tenant}}`,
    issuerRegex: /(?<tenant>one|two)/,
  });
  for (
    const [iss, keys, kind] of [["one", ONE, "valid"], ["two", ONE, "invalid"], [
      "two",
      TWO,
      "valid",
    ]] as const
  ) {
    const token = await sign({ iss }, { alg: keys.alg, key: keys.privateKey, kid: "key" });
    assertEquals((await verifier.verifyConnection(token)).kind, kind, iss);
  }
  assertEquals(server.asked, ["/one", "/two"]);
});

Deno.test("JwtVerifier takes names from the first audience that matches", async () => {
  await using server = tenants();
  const keys = {
    jwksPublicEndpoint: `${server.url}/{{tenant}}`,
    audienceRegex: /^app-(?<tenant>one|two)$/,
  };
  assertEquals(await kindOf(keys, { aud: ["other", "app-one", "app-two"] }), "valid");
  assertEquals(server.asked, ["/one"]);
});

Deno.test("JwtVerifier finds the value in a list that is the whole of a claim", async () => {
  await using server = tenants();
  const keys = {
    jwksPublicEndpoint: `${server.url}/{{tenant}}`,
    issuerRegex: /(?<tenant>one|one2)/,
  };
  assertEquals(await kindOf(keys, { iss: "one2" }), "valid");
  assertEquals(server.asked, ["/one2"]);
});

Deno.test("JwtVerifier encodes what it puts into an address", async () => {
  await using server = tenants();
  const keys = {
    jwksPublicEndpoint: `${server.url}/one/{{tenant}}/keys`,
    issuerRegex: /^(?<tenant>a\/b|c\?d|e#f|\.\.|\.)$/,
  };
  for (const iss of ["a/b", "c?d", "e#f"]) assertEquals(await kindOf(keys, { iss }), "valid");
  for (const iss of ["..", "."]) assertEquals(await kindOf(keys, { iss }), "invalid");
  assertEquals(server.asked, ["/one/a%2Fb/keys", "/one/c%3Fd/keys", "/one/e%23f/keys"]);
});

const STRANGERS = ["", "one", "x-one", "one-x", "https://one", "x\none", "one\nx"];

for (
  const issuerRegex of [/t-(?<tenant>one|two)/, /^t-(?<tenant>one|two)$/m, /t-(?<tenant>one|two)/g]
) {
  Deno.test(`JwtVerifier asks nobody where ${issuerRegex} does not match an issuer as a whole`, async () => {
    await using server = tenants();
    const keys = { jwksPublicEndpoint: `${server.url}/{{tenant}}`, issuerRegex };
    for (const stranger of STRANGERS) {
      const iss = stranger.replace("one", "t-one");
      if (iss === "t-one") continue;
      assertEquals(await kindOf(keys, { iss }), "invalid", JSON.stringify(iss));
    }
    assertEquals(await kindOf(keys, {}), "invalid");
    assertEquals(await kindOf(keys, { iss: ["t-one"] }), "invalid");
    assertEquals(server.asked, []);
    assertEquals(await kindOf(keys, { iss: "t-one" }), "valid");
  });
}

const ENDPOINT = "https://{{tenant}}.example.com/keys";

const REFUSED: Readonly<Record<string, Partial<TokenKeys>>> = {
  "no URL": { jwksPublicEndpoint: "keys" },
  "a file": { jwksPublicEndpoint: "file:///etc/keys" },
  "data": { jwksPublicEndpoint: "data:application/json,{}" },
  "a scheme from a token": { jwksPublicEndpoint: "{{tenant}}", issuerRegex: /^(?<tenant>a)$/ },
  "a name without a regex": { jwksPublicEndpoint: ENDPOINT },
  "a name of no group": { jwksPublicEndpoint: ENDPOINT, issuerRegex: /^(?<realm>a)$/ },
  "an empty name": { jwksPublicEndpoint: "https://x/{{}}", issuerRegex: /^(?<tenant>a)$/ },
  "a wildcard": { jwksPublicEndpoint: ENDPOINT, issuerRegex: /^(?<tenant>.+)$/ },
  "a dot that is not escaped": { jwksPublicEndpoint: ENDPOINT, issuerRegex: /^(?<tenant>a.b)$/ },
  "a class": { jwksPublicEndpoint: ENDPOINT, issuerRegex: /^(?<tenant>[a-z])$/ },
  "a class of digits": { jwksPublicEndpoint: ENDPOINT, audienceRegex: /^(?<tenant>\d)$/ },
  "a repetition": { jwksPublicEndpoint: ENDPOINT, audienceRegex: /^(?<tenant>a{2})$/ },
  "a group in the group": { jwksPublicEndpoint: ENDPOINT, issuerRegex: /^(?<tenant>a(b+))$/ },
  "a list in one regex only": {
    jwksPublicEndpoint: ENDPOINT,
    issuerRegex: /^(?<tenant>a|b)$/,
    audienceRegex: /^(?<tenant>.*)$/,
  },
};

for (const [what, keys] of Object.entries(REFUSED)) {
  Deno.test(`JwtVerifier refuses ${what} as the address of keys`, () => {
    const error = assertThrows(() => verifierOf(keys), RangeError, "Cannot fetch keys as");
    assert(error.message.endsWith(`current value is ${keys.jwksPublicEndpoint}`));
  });
}
