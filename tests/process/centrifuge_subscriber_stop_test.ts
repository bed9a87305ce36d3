/**
 * P2 where only subscribers may publish: that its subscriptions end with its connection must not
 * cost a client what it published while the connection was ending.
 */
import { assertEquals } from "@std/assert";
import { type CommandFrame, RawCentrifugePeer } from "../helpers/raw_centrifuge_peer.ts";
import { assertProperClose, assertStopped, SHUTDOWN } from "../helpers/expectations.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { readLog } from "../helpers/publishers.ts";
import { range } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";

const CONFIG = {
  client: { allow_anonymous_connect_without_token: true },
  channel: {
    without_namespace: {
      ...{ history_size: 1_000, history_ttl: "1h" },
      ...{ allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true },
      ...{ allow_publish_for_subscriber: true, allow_publish_for_anonymous: true },
    },
  },
};

const WORDS = range(20).map((index) => `${index}`);

forEachMode("a subscriber may publish until its own Close, and nobody else may", async (mode) => {
  await using folder = new DataFolder();
  await Deno.writeTextFile(`${folder.path}/midgard.json`, JSON.stringify(CONFIG));
  const args = ["--config", "midgard.json"];
  await using server = await Midgard.start({ mode, cwd: folder.path, args });
  const open = (...late: readonly CommandFrame[]) => {
    const beforeClose = (peer: RawCentrifugePeer) => {
      for (const frame of late) void peer.send(frame);
    };
    return RawCentrifugePeer.open({ port: server.port, beforeClose });
  };
  using subscribed = await open({ channel: "before", publish: WORDS });
  await subscribed.connect({ channel: "before", subscribe: {} });
  using latecomer = await open(
    { connect: {}, channel: "after", subscribe: {}, publish: WORDS },
  );
  using unsubscribed = await open(
    { channel: "until", unsubscribe: true, publish: WORDS },
  );
  await unsubscribed.connect({ channel: "until", subscribe: {} });
  using stranger = await open({ channel: "never", publish: WORDS });
  await stranger.connect();
  const exit = await server.stop();
  for (const { raw } of [subscribed, latecomer, unsubscribed, stranger]) {
    await assertProperClose(raw, SHUTDOWN);
  }
  assertStopped(exit, { closed_cleanly: 4, received_while_closing: 4 });
  await using next = await Midgard.start({ mode, cwd: folder.path });
  const stored: Record<string, unknown[]> = {};
  for (const channel of ["before", "after", "until", "never"]) {
    const { publications } = await readLog(next.port, channel);
    stored[channel] = publications.map(({ data }) => data);
  }
  assertEquals(stored, { before: WORDS, after: WORDS, until: [], never: [] });
});
