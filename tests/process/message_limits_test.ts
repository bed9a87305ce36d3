/** How much one client may send: what came before the limit counts, and a stop loses nothing to it. */
import { assert, assertEquals } from "@std/assert";
import { CentrifugePeer, outcomeOf } from "../helpers/centrifuge_peer.ts";
import { WIRE_PROTOCOLS } from "../helpers/centrifuge_wire.ts";
import { Configured } from "../helpers/configured.ts";
import { request } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range } from "../helpers/wait.ts";

const RATE = 20;
/** What may come at once. */
const BURST = 2 * RATE;

/** How many publications a channel has ever had. */
async function offsetOf(port: number, channel: string): Promise<number> {
  return JSON.parse((await request(port, `GET /channels/${channel}`)).body).offset;
}

forEachMode(
  "a plain socket that sends too much is closed, and what came before is kept",
  async (mode) => {
    await using site = await Configured.start(mode, { client: { message_rate_limit: RATE } });
    const { port } = site.server;
    using peer = await RawPeer.connect({ port, path: "/channels/a" });
    for (const index of range(BURST * 3)) void peer.text(`${index}`);
    await peer.closed;
    const [close] = peer.closeFrames;
    assertEquals([close?.code, close?.reason], [1013, "too many messages"]);
    const kept = await offsetOf(port, "a");
    // What comes back while they are being sent is little.
    assert(kept >= BURST && kept < BURST * 2, `${kept} were kept`);
    await site.reload({ client: { byte_rate_limit: 1_000 } });
    using large = await RawPeer.connect({ port, path: "/channels/b" });
    for (const _ of range(30)) void large.text("x".repeat(100));
    await large.closed;
    assertEquals(large.closeFrames[0]?.code, 1013);
    const small = await offsetOf(port, "b");
    assert(small >= 20 && small < 30, `${small} were kept`);
    await site.reload({});
    using free = await RawPeer.connect({ port, path: "/channels/c?echo=1" });
    for (const _ of range(BURST * 3)) void free.text("x");
    await free.until(({ messageCount }) => messageCount === BURST * 3, { what: "every echo" });
    assertEquals((await site.server.stop()).code, 0);
  },
);

for (const protocol of WIRE_PROTOCOLS) {
  forEachMode(
    `a client by ${protocol} that sends too much is told so, and may go on`,
    async (mode) => {
      await using site = await Configured.start(mode, { client: { message_rate_limit: RATE } });
      const { port } = site.server;
      using peer = await CentrifugePeer.open({ port, protocol, connect: {} });
      const publish = { channel: "a", data: { text: "x" } };
      const answers = await Promise.all(range(BURST + 20).map(() => peer.ask("publish", publish)));
      const outcomes = answers.map(outcomeOf);
      const taken = outcomes.filter((outcome) => outcome === "ok").length;
      assertEquals(
        outcomes.filter((outcome) => outcome === "error 111").length,
        BURST + 20 - taken,
      );
      assert(taken >= BURST - 1 && taken < BURST + 20, `${taken} were taken`);
      assertEquals(await offsetOf(port, "a"), taken);
      await site.reload({});
      assertEquals(outcomeOf(await peer.ask("publish", publish)), "ok");
      await site.reload({ client: { message_rate_limit: 1 } });
      for (const id of range(40)) peer.send({ id: 1_000 + id, publish });
      const { code, reason } = await peer.ended;
      assertEquals([code, reason], [3013, "too many requests"]);
      assertEquals((await site.server.stop()).code, 0);
    },
  );
}

forEachMode("a stop loses no message to a limit that it would have kept to", async (mode) => {
  const cwd = await Deno.makeTempDir();
  try {
    const file = { client: { message_rate_limit: RATE } };
    await Deno.writeTextFile(`${cwd}/midgard.json`, JSON.stringify(file));
    const options = { mode, cwd, args: ["--config", "midgard.json"] };
    await using server = await Midgard.start(options);
    const peers = await Promise.all(
      range(20).map(() => RawPeer.connect({ port: server.port, path: "/channels/stop" })),
    );
    const send = async (peer: RawPeer, count: number) => {
      for (const _ of range(count)) await peer.text("x");
    };
    await Promise.all(peers.map((peer) => send(peer, BURST / 2)));
    const exit = server.stop();
    await Promise.all(peers.map((peer) => send(peer, BURST / 2)));
    const { stopped } = await exit;
    const sent = peers.reduce((sum, { sentBeforeClose }) => sum + sentBeforeClose, 0);
    assertEquals(stopped?.received, sent);
    assertEquals(new Set(peers.map(({ closeFrames }) => closeFrames[0]?.code)), new Set([1001]));
    assert(sent >= 20 * BURST / 2, "too few were sent to prove anything");
    await using next = await Midgard.start(options);
    assertEquals(await offsetOf(next.port, "stop"), sent);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
