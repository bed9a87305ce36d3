import { assertEquals } from "@std/assert";
import { NO_TOKEN_KEYS, type TokenKeys } from "../../../server/config/mod.ts";
import { KeyServer } from "../auth/key_server.ts";
import { SECRET, sign } from "../auth/signer.ts";
import type { DifferentSettings } from "../settings.ts";
import { jsonOf, Site, type SiteOptions } from "./site.ts";

const KEYS: TokenKeys = { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET };
const PAST = Math.floor(Date.now() / 1_000) - 60;
const FUTURE = Math.floor(Date.now() / 1_000) + 60;

/** A site that asks everybody for a token. */
function siteWith(client: DifferentSettings["client"] = {}, options: SiteOptions = {}): Site {
  const strict = { token: KEYS, isInsecure: false, allowAnonymousConnectWithoutToken: false };
  return new Site({ ...options, settings: { client: { ...strict, ...client } } });
}

/** Status and code of a stream that somebody asks for who shows a token. */
async function outcome(site: Site, token: string | undefined, channel = "a") {
  const headers = {
    accept: "text/event-stream",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const response = await site.request(`GET /channels/${channel}`, { headers });
  if (response.status === 200) {
    await response.body?.cancel();
    return "200";
  }
  const { error } = await jsonOf(response) as { error: { code: string } };
  return `${response.status} ${error.code}`;
}

const SUBSCRIPTION = { sub: "42", channel: "a" };

/** What claims lead to, on a site where a user may join any channel. */
const CLAIMS: readonly (readonly [what: string, claims: object, expected: string])[] = [
  ["a connection token", { sub: "42" }, "200"],
  ["a connection token of nobody", {}, "200"],
  ["a connection token that is over", { sub: "42", expire_at: PAST }, "401 unauthorized"],
  ["a connection token that never is", { sub: "42", exp: FUTURE, expire_at: 0 }, "200"],
  ["an expired connection token", { sub: "42", exp: PAST, expire_at: 0 }, "401 unauthorized"],
  ["a subscription token", SUBSCRIPTION, "200"],
  ["a subscription token that is over", { ...SUBSCRIPTION, expire_at: PAST }, "401 unauthorized"],
  ["an expired subscription token", { ...SUBSCRIPTION, exp: PAST }, "401 unauthorized"],
  [
    "a subscription token for another channel",
    { ...SUBSCRIPTION, channel: "b" },
    "403 not_allowed",
  ],
  ["a subscription token for one client", { ...SUBSCRIPTION, client: "c" }, "403 not_allowed"],
];

for (const [what, claims, expected] of CLAIMS) {
  Deno.test(`identifyCaller meets ${what} with ${expected}`, async () => {
    assertEquals(await outcome(siteWith(), await sign(claims)), expected);
  });
}

const CLOSED = { allowSubscribeForClient: false };

Deno.test("identifyCaller lets a token in where it names the channel, while that is good", async () => {
  const site = new Site({
    settings: { client: { token: KEYS, isInsecure: false }, channel: CLOSED },
  });
  const tokens: readonly (readonly [object, string])[] = [
    [{ sub: "42" }, "403 not_allowed"],
    [{ sub: "42", channels: ["a"] }, "200"],
    [{ sub: "42", channels: ["b"] }, "403 not_allowed"],
    [{ sub: "42", subs: { a: { expire_at: FUTURE } } }, "200"],
    [{ sub: "42", subs: { a: { expire_at: PAST } } }, "403 not_allowed"],
    [{ sub: "42", subs: { a: { expire_at: FUTURE } }, expire_at: PAST }, "401 unauthorized"],
  ];
  for (const [claims, expected] of tokens) {
    assertEquals(await outcome(site, await sign(claims)), expected, JSON.stringify(claims));
  }
});

Deno.test("identifyCaller asks for a token where nobody may come without", async () => {
  assertEquals(await outcome(siteWith(), undefined), "401 unauthorized");
  assertEquals(await outcome(siteWith(), "no token"), "401 unauthorized");
  assertEquals(
    await outcome(siteWith({ allowAnonymousConnectWithoutToken: true }), undefined),
    "200",
  );
});

Deno.test("identifyCaller refuses tokens of nobody where they are disallowed", async () => {
  const site = siteWith({
    ...{ disallowAnonymousConnectionTokens: true, allowAnonymousConnectWithoutToken: true },
  });
  assertEquals(await outcome(site, await sign({})), "403 not_allowed");
  assertEquals(await outcome(site, undefined), "200");
});

Deno.test("identifyCaller minds no time where everybody may do everything", async () => {
  const site = siteWith({ isInsecure: true });
  for (const claims of [{ sub: "42", expire_at: PAST }, { ...SUBSCRIPTION, expire_at: PAST }]) {
    assertEquals(await outcome(site, await sign(claims)), "200");
  }
});

Deno.test("identifyCaller says 503, not 401, while the keys of a token cannot be fetched", async () => {
  await using server = new KeyServer();
  server.answer = () => new Response(null, { status: 500 });
  const remote = { ...NO_TOKEN_KEYS, jwksPublicEndpoint: `${server.url}/keys` };
  const token = await sign(SUBSCRIPTION);
  const unknown = await sign(SUBSCRIPTION, { alg: "HS512" });
  const far = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AAAA";
  const ofConnections = siteWith({ token: remote, subscriptionToken: KEYS });
  assertEquals(await outcome(ofConnections, token), "200", "it is no token of a connection");
  assertEquals(await outcome(ofConnections, far), "503 keys_unavailable");
  const ofSubscriptions = siteWith({ subscriptionToken: remote });
  assertEquals(await outcome(ofSubscriptions, far), "503 keys_unavailable");
  assertEquals(await outcome(ofSubscriptions, unknown), "401 unauthorized");
});
