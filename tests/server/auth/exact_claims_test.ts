import { assert, assertEquals } from "@std/assert";
import { CompactSign } from "jose";
import { SECRET, verifierOf } from "./signer.ts";

const EXACT = '{"id":12345678901234567890,"price":1.10,"n":[1e2,-0.0,7],"text":"1.0"}';

/** Signs claims as they are written, which a value of JavaScript could not hold. */
async function signText(claims: string): Promise<string> {
  const key = new TextEncoder().encode(SECRET);
  const bytes = new TextEncoder().encode(claims);
  return await new CompactSign(bytes).setProtectedHeader({ alg: "HS256" }).sign(key);
}

Deno.test("verifyConnection gives info letter by letter, also that of subscriptions", async () => {
  const claims = `{"sub":"42","info":${EXACT},"subs":{"a":{"info":${EXACT},"data":${EXACT}}}}`;
  const verified = await verifierOf().verifyConnection(await signText(claims));
  assert(verified.kind === "valid");
  const { info, subscriptions } = verified.value;
  const data = { kind: "json", text: EXACT } as const;
  assertEquals([info, subscriptions.get("a")], [EXACT, { info: EXACT, data }]);
});

Deno.test("verifySubscription gives info and data letter by letter", async () => {
  const claims = `{"channel":"a","info":${EXACT},"data":${EXACT},"exp":99999999999.0}`;
  const verified = await verifierOf().verifySubscription(await signText(claims));
  assert(verified.kind === "valid", JSON.stringify(verified));
  const data = { kind: "json", text: EXACT } as const;
  assertEquals(verified.value.grant, { expiresAt: 99_999_999_999, info: EXACT, data });
});

Deno.test("verifyConnection refuses a user of whose number digits would be lost", async () => {
  const token = await signText('{"sub":12345678901234567890}');
  assertEquals((await verifierOf().verifyConnection(token)).kind, "invalid");
});
