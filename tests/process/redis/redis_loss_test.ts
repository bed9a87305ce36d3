/** When Redis has lost what it held, clients that stayed are told so. */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { CentrifugePeer } from "../../helpers/centrifuge_peer.ts";
import { forEachMode, Midgard } from "../../helpers/midgard.ts";
import { RawPeer } from "../../helpers/raw_peer.ts";
import { RedisProcess } from "../../helpers/redis_process.ts";
import { textOf as frameText } from "../../helpers/frames.ts";
import { range, within } from "../../helpers/wait.ts";

async function publish(port: number, body: string) {
  const response = await fetch(`http://127.0.0.1:${port}/channels/news`, { method: "POST", body });
  return { status: response.status, ...await response.json() };
}

forEachMode(
  "clients are told that their position is lost when Redis has forgotten",
  async (mode) => {
    await using redis = await RedisProcess.start();
    await using server = await Midgard.start({ mode, args: ["--data", redis.url] });
    using peer = await CentrifugePeer.open({
      ...{ port: server.port, protocol: "websocket", connect: {} },
    });
    const answer = await peer.ask("subscribe", { channel: "news", recoverable: true });
    assertEquals(answer.kind, "result");
    const before = await publish(server.port, "one");
    await peer.until("pub", "news");
    await redis.stop();
    await within(server.log.next("redis_lost"), { what: "redis_lost" });
    const refused = await publish(server.port, "refused");
    assertEquals(refused.status, 503);
    assertStringIncludes(JSON.stringify(refused), "not_stored");
    const ready = await fetch(`http://127.0.0.1:${server.port}/readyz`);
    assertEquals([ready.status, typeof (await ready.json()).reason], [503, "string"]);
    await redis.again();
    await within(server.log.next("redis_restored"), { what: "redis_restored" });
    const [unsubscribed] = await peer.until("unsubscribe", "news");
    assertEquals(unsubscribed?.["code"], 2500);
    const after = await publish(server.port, "two");
    assertEquals(after.offset, 1);
    assertNotEquals(after.epoch, before.epoch);
  },
);

forEachMode(
  "sockets at two servers get everything in one order, and nobody an echo",
  async (mode) => {
    await using redis = await RedisProcess.start();
    const args = ["--data", redis.url];
    await using a = await Midgard.start({ mode, args });
    await using b = await Midgard.start({ mode, args });
    const path = "/channels/news";
    using one = await RawPeer.connect({ port: a.port, path });
    using two = await RawPeer.connect({ port: b.port, path });
    using three = await RawPeer.connect({ port: b.port, path });
    // A plain socket is not told from when on it is listened to: its first message tells.
    await hearEachOther(a.port, [one, two, three]);
    for (const number of range(200)) {
      await Promise.all([one.text(`one ${number}`), two.text(`two ${number}`)]);
    }
    await three.until(({ messageCount }) => messageCount === 401, { what: "all of both" });
    for (const peer of [one, two]) {
      await peer.until(({ messageCount }) => messageCount === 201, { what: "all of the other" });
    }
    const order = textsOf(three);
    assertEquals(new Set(order).size, 400);
    assertEquals(textsOf(one), order.filter((text) => text.startsWith("two")));
    assertEquals(textsOf(two), order.filter((text) => text.startsWith("one")));
  },
);

async function hearEachOther(port: number, peers: readonly RawPeer[]): Promise<void> {
  await publish(port, "begin");
  for (const peer of peers) {
    await peer.until(({ messageCount }) => messageCount === 1, { what: "the first message" });
  }
}

/** What a peer was sent behind the first message. */
function textsOf({ messages }: RawPeer): string[] {
  return messages.slice(1).map((frame) => frameText(frame));
}
