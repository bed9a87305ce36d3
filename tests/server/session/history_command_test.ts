import { assertEquals } from "@std/assert";
import { publish, upTo } from "../hub/recorder.ts";
import type { DifferentSettings } from "../settings.ts";
import type { Message } from "./client_room.ts";
import { ClientRoom } from "./client_room.ts";

/** What `history` of a channel with five publications is answered. */
async function answer(history: object, different: DifferentSettings = {}): Promise<Message> {
  using room = new ClientRoom(different);
  await publish(room.hub, "a", upTo(5));
  const [top] = await room.log.tops(["a"]);
  const peer = await room.connected();
  const text = JSON.stringify(history).replace("EPOCH", top?.epoch ?? "");
  const [reply] = await peer.ask({ history: { channel: "a", ...JSON.parse(text) } });
  assertEquals(reply.history?.epoch ?? top?.epoch, top?.epoch);
  return reply.history ?? reply.error;
}

const SIZE = { client: { historyMaxPublicationLimit: 3 } };
const SINCE = { offset: 2, epoch: "EPOCH" };

for (
  const [history, offsets, different] of [
    [{}, []],
    [{ limit: 0 }, []],
    [{ limit: 2 }, [1, 2]],
    [{ limit: -1 }, [1, 2, 3, 4, 5]],
    [{ limit: -1 }, [1, 2, 3], SIZE],
    [{ limit: 100 }, [1, 2, 3], SIZE],
    [{ limit: 100, since: SINCE }, [3, 4, 5]],
    [{ limit: 1, since: SINCE }, [3]],
    [{ limit: 100, since: { offset: 2 } }, [3, 4, 5]],
    [{ limit: 100, since: { epoch: "EPOCH" } }, [1, 2, 3, 4, 5]],
    [{ limit: 100, since: { offset: 5 } }, []],
    [{ limit: 2, reverse: true }, [5, 4]],
    [{ limit: 100, reverse: true, since: { offset: 3, epoch: "EPOCH" } }, [2, 1]],
    [{ limit: 1, reverse: true, since: { offset: 3 } }, [2]],
    [{ limit: 100, reverse: true, since: { offset: 1 } }, []],
  ] as const
) {
  const about = different === undefined ? "" : " of at most 3";
  Deno.test(`history${about} with ${JSON.stringify(history)} gives ${offsets}`, async () => {
    const { publications, offset } = await answer(history, different);
    assertEquals(publications, offsets.map((each) => ({ data: `${each}`, offset: each })));
    assertEquals(offset, 5);
  });
}

for (
  const [history, code] of [
    [{ limit: 100, since: { offset: 2, epoch: "another" } }, 112],
    [{ since: { offset: 2, epoch: "another" } }, 112],
    [{ limit: 100, reverse: true, since: { offset: 0, epoch: "EPOCH" } }, 107],
    [{ limit: 100, reverse: true, since: {} }, 107],
  ] as const
) {
  Deno.test(`history with ${JSON.stringify(history)} is refused with ${code}`, async () => {
    assertEquals((await answer(history)).code, code);
  });
}

Deno.test("history gives who published, and what was said about it", async () => {
  using room = new ClientRoom();
  room.hub.publish({
    channel: "a",
    payload: { kind: "binary", bytes: new Uint8Array([1, 2]) },
    info: { user: "42", client: "c" },
    tags: { kind: "note" },
  });
  await room.hub.stored();
  const peer = await room.connected();
  const [{ history }] = await peer.ask({ history: { channel: "a", limit: 1 } });
  const info = { user: "42", client: "c" };
  assertEquals(history.publications, [
    { b64data: "AQI=", info, offset: 1, tags: { kind: "note" } },
  ]);
});

Deno.test("history gives no more at once than half of what a client may leave unread", async () => {
  using room = new ClientRoom({ client: { queueMaxSize: 10_000 } });
  await publish(room.hub, "a", upTo(20).map(() => "x".repeat(1_000)));
  const peer = await room.connected();
  const [{ history }] = await peer.ask({ history: { channel: "a", limit: -1 } });
  assertEquals([history.publications.length > 2, history.publications.length < 7], [true, true]);
});

Deno.test("history tells of an empty channel in full", async () => {
  using room = new ClientRoom();
  const peer = await room.connected();
  const [{ history }] = await peer.ask({ history: { channel: "a", limit: 10 } });
  const [top] = await room.log.tops(["a"]);
  assertEquals(history, { publications: [], epoch: top?.epoch, offset: 0 });
});
