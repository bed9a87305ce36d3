/** Keys change while a server runs: previous secrets, key sets that rotate, key sets that are away. */
import { assertEquals } from "@std/assert";
import { outcomeOf } from "../helpers/centrifuge_peer.ts";
import { request } from "../helpers/http.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { sleep, waitFor } from "../helpers/wait.ts";
import { KeyServer, keySet } from "../server/auth/key_server.ts";
import { type Keys, keysFor } from "../server/auth/signer.ts";
import { inSeconds, TOKEN_SECRET, TokenSite } from "./token_site.ts";

const PREVIOUS = "the previous secret of the token tests";
const CLAIMS = { sub: "42" };

/** What becomes of a client, and of a request, with such a token. */
async function outcomes(site: TokenSite, token: string): Promise<[string, number]> {
  using peer = await site.connect({ connect: { token } });
  const headers = { Authorization: `Bearer ${token}` };
  const { status } = await request(site.port, "GET /channels/open%3Aa", { headers });
  return [outcomeOf(peer.connected), status];
}

/** Let in; the request is refused for what it asks, not for who asks. */
const KNOWN: [string, number] = ["ok", 403];
const INVALID: [string, number] = ["ended 3500", 401];
/** To be tried again. */
const UNAVAILABLE: [string, number] = ["error 100", 503];

const PREVIOUS_SECRETS = { hmac_secret_key: TOKEN_SECRET, hmac_previous_secret_key: PREVIOUS };

forEachMode("the previous secret is good for as long as it is said to be", async (mode) => {
  for (const [until, expected] of [[0, KNOWN], [inSeconds(60), KNOWN], [1, INVALID]] as const) {
    const token = { ...PREVIOUS_SECRETS, hmac_previous_secret_key_valid_until: until };
    await using site = await TokenSite.start({ mode, token });
    site.keepSecret(PREVIOUS);
    const old = await site.sign(CLAIMS, { key: PREVIOUS });
    assertEquals(await outcomes(site, old), expected, `until ${until}`);
    assertEquals(await outcomes(site, await site.sign(CLAIMS)), KNOWN);
    await site.stop();
  }
});

async function signWith(site: TokenSite, { alg, privateKey, jwk }: Keys): Promise<string> {
  const kid = String(jwk.kid);
  return await site.sign(CLAIMS, { alg, key: privateKey, kid });
}

forEachMode(
  "keys that are rotated at their address are taken over, old ones let go",
  async (mode) => {
    const [first, second] = [await keysFor("RS256", "first"), await keysFor("EdDSA", "second")];
    await using server = new KeyServer(first.jwk);
    await using site = await TokenSite.start({
      mode,
      token: { jwks_public_endpoint: `${server.url}/keys` },
    });
    assertEquals(await outcomes(site, await signWith(site, first)), KNOWN);
    const another = { ...first, privateKey: (await keysFor("RS256")).privateKey };
    assertEquals(await outcomes(site, await signWith(site, another)), INVALID);
    server.answer = () => keySet(second.jwk);
    const late = await signWith(site, second);
    // Asked a moment ago: whoever comes is to come again, and the other server is left in peace.
    assertEquals(await outcomes(site, late), UNAVAILABLE);
    await waitFor(async () => {
      await sleep(250);
      return (await outcomes(site, late))[0] === "ok";
    }, { what: "the new keys to be fetched", deadlineMs: 15_000 });
    assertEquals(server.asked, ["/keys", "/keys"]);
    // Gone, or not yet known here: that is clear only once the set may be looked at again.
    assertEquals(await outcomes(site, await signWith(site, first)), UNAVAILABLE);
    await site.stop();
  },
);

forEachMode("a key set that is away makes nobody invalid, and is tried again", async (mode) => {
  const keys = await keysFor("ES256", "first");
  await using server = new KeyServer();
  server.answer = () => new Response("away", { status: 502 });
  await using site = await TokenSite.start({
    mode,
    token: { jwks_public_endpoint: `${server.url}/keys` },
  });
  const token = await signWith(site, keys);
  assertEquals(await outcomes(site, token), UNAVAILABLE);
  // A secret is no key here, whoever knows it.
  assertEquals(await outcomes(site, await site.sign(CLAIMS, { kid: "first" })), INVALID);
  server.answer = () => keySet(keys.jwk);
  await waitFor(async () => {
    await sleep(100);
    return (await outcomes(site, token))[0] === "ok";
  }, { what: "the keys to be fetched" });
  await site.stop();
});

forEachMode("subscription tokens may have keys of their own", async (mode) => {
  const own = "the secret of subscriptions only";
  const subscription_token = { enabled: true, hmac_secret_key: own };
  await using site = await TokenSite.start({ mode, client: { subscription_token } });
  site.keepSecret(own);
  using peer = await site.connect({ connect: { token: await site.sign(CLAIMS) } });
  const channel = "closed:a";
  const claims = { ...CLAIMS, channel };
  const answers: string[] = [];
  for (const key of [TOKEN_SECRET, own]) {
    const token = await site.sign(claims, { key });
    answers.push(outcomeOf(await peer.ask("subscribe", { channel, token })));
  }
  assertEquals(answers, ["error 103", "ok"]);
  assertEquals(await outcomes(site, await site.sign(CLAIMS, { key: own })), INVALID);
  await site.stop();
});
