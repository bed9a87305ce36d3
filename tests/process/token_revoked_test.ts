/** Whoever was told to go because it may not stay publishes nothing more, also if it stays. */
import { assertEquals } from "@std/assert";
import { textOf } from "../helpers/frames.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { inSeconds, TokenSite } from "./token_site.ts";

const CHANNEL = "open:a";
const PUBLISH = JSON.stringify({ id: 9, publish: { channel: CHANNEL, data: "after" } });

/** A client of the protocol that never answers a Close. */
async function stubborn(site: TokenSite, token: string): Promise<RawPeer> {
  const peer = await RawPeer.connect({
    port: site.port,
    path: "/connection/websocket",
    closeReply: { kind: "never" },
  });
  await peer.text(JSON.stringify({ id: 1, connect: { token } }));
  await peer.until(({ messages }) => messages.length > 0, { what: "the connect reply" });
  return peer;
}

/** Sends what would be published, behind a Close, and lets the server come to it. */
async function assertUnheard(site: TokenSite, peer: RawPeer, frame: string): Promise<void> {
  const told = { what: "a Close", deadlineMs: 10_000 };
  await peer.until(({ closeFrames }) => closeFrames.length > 0, told);
  await peer.text(frame);
  await peer.text(frame);
  // Others come behind it: what this one sent has been looked at by then.
  using other = await site.connect({ connect: { token: await site.sign({ sub: "7" }) } });
  await other.ask("publish", { channel: "open:other", data: 1 });
  assertEquals(await site.offsetOf(CHANNEL), 0, peer.summary());
}

forEachMode("a client of which the token has ended is not heard any more", async (mode) => {
  const client = { expired_close_delay: "100ms" };
  await using site = await TokenSite.start({ mode, client });
  const claims = { sub: "42", exp: inSeconds(2) };
  using peer = await stubborn(site, await site.sign(claims));
  using plain = await RawPeer.connect({
    port: site.port,
    path: `/channels/open%3Aa?token=${await site.sign(claims)}`,
    closeReply: { kind: "never" },
  });
  await assertUnheard(site, plain, "after");
  await assertUnheard(site, peer, PUBLISH);
  assertEquals([plain, peer].map(({ closeFrames }) => closeFrames[0]?.code), [1008, 3005]);
  plain.abort();
  peer.abort();
  await site.stop();
});

const CALLS: readonly (readonly [method: string, params: object, code: number])[] = [
  ["disconnect", {}, 3503],
  ["disconnect", { disconnect: { code: 4_100, reason: "out" } }, 4_100],
  ["refresh", { expired: true }, 3005],
];

forEachMode("a client that the server API has ended is not heard any more", async (mode) => {
  await using site = await TokenSite.start({ mode });
  for (const [method, params, code] of CALLS) {
    using peer = await stubborn(site, await site.sign({ sub: "42" }));
    await site.call(method, { user: "42", ...params });
    await assertUnheard(site, peer, PUBLISH);
    assertEquals(peer.closeFrames.map((close) => close.code), [code]);
    assertEquals(peer.messages.slice(1).map(textOf), [], "answers");
    peer.abort();
  }
  await site.stop();
});
