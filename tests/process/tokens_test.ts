/** A token that is no good opens nothing, on any transport, and leaves no trace. */
import { assertEquals } from "@std/assert";
import { outcomeOf } from "../helpers/centrifuge_peer.ts";
import { WIRE_PROTOCOLS } from "../helpers/centrifuge_wire.ts";
import { report } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { inParallel } from "../helpers/wait.ts";
import { type BadToken, badTokens, makeKeys, ORIGIN } from "./bad_tokens.ts";
import { inSeconds, TOKEN_SECRET, TokenSite } from "./token_site.ts";

const KEYS = await makeKeys();
const TOKEN = {
  hmac_secret_key: TOKEN_SECRET,
  rsa_public_key: KEYS.rsa.pem,
  ecdsa_public_key: KEYS.ecdsa.pem,
  issuer: ORIGIN.iss,
  audience: ORIGIN.aud,
};
const CLAIMS = { ...ORIGIN, sub: "42", exp: inSeconds(600) };

/** What a client sends behind its connect command, in vain. */
const BEHIND = [
  { id: 2, publish: { channel: "open:a", data: { by: "nobody" } } },
  { id: 3, subscribe: { channel: "open:a" } },
];

async function assertClientRefused(site: TokenSite, bad: BadToken): Promise<void> {
  const expected = bad.isUntimely === true ? "error 109" : "ended 3500";
  for (const protocol of WIRE_PROTOCOLS) {
    const connect = { token: bad.token };
    using peer = await site.connect({ protocol, connect, behind: BEHIND });
    assertEquals(outcomeOf(peer.connected), expected, `${bad.what} by ${protocol}`);
  }
}

/** The requests that a plain client can make, with a token in either place. */
async function assertPlainRefused(site: TokenSite, { what, token }: BadToken): Promise<void> {
  const { port } = site;
  const segment = "/channels/open%3Aa";
  const query = `${segment}?token=${encodeURIComponent(token)}`;
  // What no header can hold is shown in the address only.
  const headers: Record<string, string> = /^[\x21-\x7e]+$/.test(token)
    ? { Authorization: `Bearer ${token}` }
    : {};
  const statuses = [
    (await request(port, `GET ${query}`)).status,
    (await request(port, `GET ${segment}`, { headers })).status,
    (await request(port, `GET ${query}`, { headers: { Accept: "text/event-stream" } })).status,
    (await request(port, `POST ${query}`, { body: "x" })).status,
    (await request(port, `POST ${segment}`, { body: "x", headers })).status,
    await upgradeStatus(port, query),
  ];
  assertEquals(statuses, statuses.map(() => 401), what);
}

async function upgradeStatus(port: number, path: string): Promise<number> {
  const attempt = await RawPeer.attempt({ port, path });
  if (attempt.kind === "open") attempt.peer.abort();
  return attempt.kind === "refused" ? attempt.response.status : 101;
}

forEachMode("a bad connection token is refused on every transport", async (mode) => {
  await using site = await TokenSite.start({ mode, token: TOKEN });
  const subscription = await site.sign({ ...CLAIMS, channel: "open:a" });
  const bad = [
    ...await badTokens(site, CLAIMS, KEYS),
    { what: "a subscription token", token: subscription },
  ];
  await inParallel(bad, (each) => assertClientRefused(site, each), 4);
  const plain = bad.filter(({ token }) => token !== subscription);
  await inParallel(plain, (each) => assertPlainRefused(site, each), 4);
  await assertGoodTokens(site);
  assertEquals(await site.offsetOf("open:a"), 0, "what was published");
  report(`${bad.length} bad tokens on ${WIRE_PROTOCOLS.length + 6} ways in`);
  await site.stop();
});

/** The same with good tokens: it was the tokens that were refused. */
async function assertGoodTokens(site: TokenSite): Promise<void> {
  const { rsa, ecdsa } = KEYS;
  const tokens = [
    await site.sign(CLAIMS),
    await site.sign(CLAIMS, { alg: "HS512" }),
    await site.sign(CLAIMS, { alg: rsa.alg, key: rsa.privateKey }),
    await site.sign(CLAIMS, { alg: ecdsa.alg, key: ecdsa.privateKey }),
    await site.sign({ ...CLAIMS, aud: ["another", ORIGIN.aud] }),
  ];
  for (const token of tokens) {
    using peer = await site.connect({ connect: { token } });
    assertEquals(outcomeOf(peer.connected), "ok");
    const headers = { Accept: "application/json", Authorization: `Bearer ${token}` };
    assertEquals((await request(site.port, "GET /channels/open%3Aa", { headers })).status, 403);
  }
}

forEachMode("without a token nobody comes in where a token is needed", async (mode) => {
  await using site = await TokenSite.start({ mode, token: TOKEN });
  for (const protocol of WIRE_PROTOCOLS) {
    using peer = await site.connect({ protocol, connect: {}, behind: BEHIND });
    assertEquals(outcomeOf(peer.connected), "ended 3501", protocol);
  }
  await assertPlainRefused(site, { what: "no token", token: "" });
  assertEquals(await site.offsetOf("open:a"), 0, "what was published");
  await site.stop();
});

/**
 * Good tokens that are not for this client or channel, and what a plain client is told: its token
 * is all that is known of it, so no user is another one.
 */
const MISMATCHES: readonly (readonly [what: string, differing: object, status: number])[] = [
  ["another channel", { channel: "closed:b" }, 403],
  ["a channel of the same letters", { channel: "closed:A" }, 403],
  ["another user", { sub: "7" }, 101],
  ["nobody", { sub: undefined }, 101],
  ["another client", { client: crypto.randomUUID() }, 403],
];

async function assertSubscribeRefused(
  site: TokenSite,
  { what, token }: BadToken,
  expected: string,
): Promise<void> {
  for (const protocol of WIRE_PROTOCOLS) {
    using peer = await site.connect({ protocol, connect: { token: await site.sign(CLAIMS) } });
    const answer = await peer.ask("subscribe", { channel: "closed:a", token });
    assertEquals(outcomeOf(answer), expected, `${what} by ${protocol}`);
    assertEquals(peer.pushes, [], `${what} by ${protocol}`);
  }
}

forEachMode("a bad subscription token is refused on every transport", async (mode) => {
  await using site = await TokenSite.start({ mode, token: TOKEN });
  const claims = { ...CLAIMS, channel: "closed:a" };
  const bad = await badTokens(site, claims, KEYS);
  const connection: BadToken = { what: "a connection token", token: await site.sign(CLAIMS) };
  await inParallel([...bad, connection], (each) => {
    return assertSubscribeRefused(site, each, each.isUntimely === true ? "error 109" : "error 103");
  }, 4);
  for (const [what, differing, status] of MISMATCHES) {
    const token = await site.sign({ ...claims, ...differing });
    await assertSubscribeRefused(site, { what, token }, "ended 3500");
    const path = `/channels/closed%3Aa?token=${token}`;
    assertEquals(await upgradeStatus(site.port, path), status, what);
  }
  assertEquals(await site.call("presence", { channel: "closed:a" }), { presence: {} });
  await inParallel(bad, (each) => assertPlainRefused(site, each), 4);
  await assertGoodSubscription(site, await site.sign(claims));
  await site.stop();
});

async function assertGoodSubscription(site: TokenSite, token: string): Promise<void> {
  for (const protocol of WIRE_PROTOCOLS) {
    using peer = await site.connect({ protocol, connect: { token: await site.sign(CLAIMS) } });
    const answer = await peer.ask("subscribe", { channel: "closed:a", token });
    assertEquals(outcomeOf(answer), "ok", protocol);
  }
  assertEquals(await upgradeStatus(site.port, `/channels/closed%3Aa?token=${token}`), 101);
}
