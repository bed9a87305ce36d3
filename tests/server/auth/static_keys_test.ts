import { assertEquals } from "@std/assert";
import { exportSPKI } from "jose";
import { keyProblems } from "../../../server/auth/static_keys.ts";
import { keysFor } from "./signer.ts";

async function namesOf(rsaPublicKey: string | undefined, ecdsaPublicKey: string | undefined) {
  return (await keyProblems({ rsaPublicKey, ecdsaPublicKey })).map(({ name }) => name);
}

Deno.test("keyProblems has nothing to say of no keys and of good ones", async () => {
  const [rsa, ecdsa] = [(await keysFor("RS256")).pem, (await keysFor("ES512")).pem];
  assertEquals(await namesOf(undefined, undefined), []);
  assertEquals(await namesOf(rsa, `${ecdsa}\n`), []);
});

Deno.test("keyProblems names the keys that no token can be checked with", async () => {
  const [rsa, ecdsa] = [(await keysFor("RS256")).pem, (await keysFor("ES256")).pem];
  assertEquals(await namesOf("no PEM", undefined), ["rsaPublicKey"]);
  assertEquals(await namesOf(ecdsa, rsa), ["rsaPublicKey", "ecdsaPublicKey"]);
  assertEquals(await namesOf(rsa.replace(/\n.{9}/, "\n"), ecdsa), ["rsaPublicKey"]);
});

Deno.test("keyProblems finds an RSA key of 1,024 bits too short", async () => {
  const { publicKey } = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 1_024,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  );
  assertEquals(await namesOf(await exportSPKI(publicKey), undefined), ["rsaPublicKey"]);
});
