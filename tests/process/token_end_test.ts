/** What the end of a token does to clients without the protocol, and to one that was refused. */
import { assert, assertEquals } from "@std/assert";
import { outcomeOf } from "../helpers/centrifuge_peer.ts";
import { WIRE_PROTOCOLS } from "../helpers/centrifuge_wire.ts";
import { assertProperClose } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { within } from "../helpers/wait.ts";
import { inSeconds, TokenSite } from "./token_site.ts";

const CHANNEL = "open:a";
const SEGMENT = "open%3Aa";

/** Tokens of both kinds that let in until `exp`. */
async function tokensUntil(site: TokenSite, exp: number): Promise<string[]> {
  return [
    await site.sign({ sub: "42", exp }),
    await site.sign({ sub: "42", exp: inSeconds(600), expire_at: exp }),
    await site.sign({ sub: "42", channel: CHANNEL, exp }),
    await site.sign({ sub: "42", channel: CHANNEL, expire_at: exp }),
  ];
}

function assertInTime(exp: number, what: string): void {
  const lateMs = Date.now() - exp * 1_000;
  assert(lateMs >= 0 && lateMs < 1_500, `${what}: ${lateMs} ms late`);
}

forEachMode("a plain socket ends with 1008 when its token does", async (mode) => {
  await using site = await TokenSite.start({ mode });
  const exp = inSeconds(2);
  const tokens = await tokensUntil(site, exp);
  await Promise.all(tokens.map(async (token) => {
    using peer = await RawPeer.connect({
      port: site.port,
      path: `/channels/${SEGMENT}?token=${token}`,
    });
    await assertProperClose(peer, { code: 1008, reason: "token expired" });
    assertInTime(exp, "the Close");
    const again = await RawPeer.attempt({
      port: site.port,
      path: `/channels/${SEGMENT}?token=${token}`,
    });
    assertEquals(again.kind === "refused" && again.response.status, 401);
  }));
  await site.stop();
});

forEachMode("a stream of events ends in good order when its token does", async (mode) => {
  await using site = await TokenSite.start({ mode });
  const exp = inSeconds(2);
  const tokens = await tokensUntil(site, exp);
  await Promise.all(tokens.map(async (token) => {
    using reader = new SseReader({ channel: SEGMENT, query: `token=${token}` });
    const reading = reader.read(site.port);
    await reader.until(({ hasBegun }) => hasBegun, { what: "a stream" });
    const end = await within(reading, { what: "the end of a stream" });
    assertEquals(end, { kind: "whole" });
    assertInTime(exp, "the end");
    const again = await within(reader.read(site.port), { what: "a refusal" });
    assertEquals(again.kind === "refused" && again.status, 401);
  }));
  await site.stop();
});

forEachMode("requests with a token that has ended are refused and do nothing", async (mode) => {
  await using site = await TokenSite.start({ mode });
  for (const token of await tokensUntil(site, inSeconds(-1))) {
    const headers = { Authorization: `Bearer ${token}` };
    for (const line of [`GET /channels/${SEGMENT}`, `POST /channels/${SEGMENT}`]) {
      assertEquals((await request(site.port, line, { headers, body: "x" })).status, 401, line);
    }
  }
  assertEquals(await site.offsetOf(CHANNEL), 0);
  await site.stop();
});

forEachMode("a client that was told of an expired token is not kept for ever", async (mode) => {
  await using site = await TokenSite.start({ mode, client: { stale_close_delay: "300ms" } });
  const token = await site.sign({ sub: "42", exp: inSeconds(-1) });
  await Promise.all(WIRE_PROTOCOLS.map(async (protocol) => {
    using peer = await site.connect({ protocol, connect: { token } });
    assertEquals(outcomeOf(peer.connected), "error 109");
    const end = await within(peer.ended, { what: "the end of a stale client" });
    assertEquals(end, { code: 3502, reason: "stale" }, protocol);
  }));
  await site.stop();
});

forEachMode(
  "a client that goes on after it was told of an expired token ends with 3501",
  async (mode) => {
    await using site = await TokenSite.start({ mode });
    const token = await site.sign({ sub: "42", exp: inSeconds(-1) });
    for (const protocol of ["websocket", "websocket protobuf"] as const) {
      using peer = await site.connect({ protocol, connect: { token } });
      const answer = await peer.ask("publish", { channel: CHANNEL, data: 1 });
      assertEquals(outcomeOf(answer), "ended 3501", protocol);
    }
    assertEquals(await site.offsetOf(CHANNEL), 0);
    await site.stop();
  },
);
