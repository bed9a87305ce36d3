import { assertEquals } from "@std/assert";
import { publish, ScriptedLog, upTo } from "../hub/recorder.ts";
import type { DifferentSettings } from "../settings.ts";
import type { Message } from "./client_room.ts";
import { ClientRoom } from "./client_room.ts";

/** A room whose channel `a` holds publications, of which `size` are kept, and its epoch. */
async function roomWith(
  { count, size = 1_000, ...different }: DifferentSettings & {
    readonly count: number;
    readonly size?: number;
  },
): Promise<{ room: ClientRoom; epoch: string }> {
  const room = new ClientRoom(different, { log: new ScriptedLog({ size }) });
  await publish(room.hub, "a", upTo(count));
  const [top] = await room.log.tops(["a"]);
  return { room, epoch: top?.epoch ?? "" };
}

/** What a new client is answered that subscribes to `a`. */
async function answer(room: ClientRoom, subscribe: object): Promise<Message> {
  const peer = await room.connected();
  const [reply] = await peer.ask({ subscribe: { channel: "a", ...subscribe } });
  return reply.subscribe ?? reply.error;
}

/** Publications as they stand in an answer. */
function publications(...offsets: readonly number[]): Message[] {
  return offsets.map((offset) => ({ data: `${offset}`, offset }));
}

const ABOUT = { recoverable: true, positioned: true, was_recovering: true };

Deno.test("Recovery gives what was missed, from the position that the client sent", async () => {
  const { room, epoch } = await roomWith({ count: 5 });
  using _ = room;
  const recovered = await answer(room, { recover: true, offset: 3, epoch });
  assertEquals(recovered, {
    ...{ ...ABOUT, recovered: true, epoch, offset: 3, publications: publications(4, 5) },
  });
});

Deno.test("Recovery is one also for who has missed nothing", async () => {
  const { room, epoch } = await roomWith({ count: 5 });
  using _ = room;
  const recovered = await answer(room, { recover: true, offset: 5, epoch });
  assertEquals(recovered, { ...ABOUT, recovered: true, epoch, offset: 5 });
});

Deno.test("Recovery takes who names no epoch at its word", async () => {
  const { room, epoch } = await roomWith({ count: 2 });
  using _ = room;
  const recovered = await answer(room, { recover: true, offset: 1 });
  assertEquals(recovered, {
    ...{ ...ABOUT, recovered: true, epoch, offset: 1, publications: publications(2) },
  });
});

Deno.test("Recovery without a position gives everything that was ever there", async () => {
  const { room, epoch } = await roomWith({ count: 2 });
  using _ = room;
  const recovered = await answer(room, { recover: true });
  assertEquals(recovered, {
    ...{ ...ABOUT, recovered: true, epoch, publications: publications(1, 2) },
  });
});

Deno.test("Recovery of an empty channel from its beginning is one", async () => {
  const { room, epoch } = await roomWith({ count: 0 });
  using _ = room;
  assertEquals(await answer(room, { recover: true }), { ...ABOUT, recovered: true, epoch });
});

for (
  const [what, different, request] of [
    ["another epoch", {}, { offset: 3, epoch: "another" }],
    ["a position ahead of the log", {}, { offset: 6 }],
    ["a gap", { size: 3 }, { offset: 1 }],
    ["a beginning that is not kept", { size: 3 }, {}],
    ["too much missed", { client: { recoveryMaxPublicationLimit: 2 } }, { offset: 2 }],
  ] as const
) {
  Deno.test(`Recovery gives nothing but the new position after ${what}`, async () => {
    const { room, epoch } = await roomWith({ count: 5, ...different });
    using _ = room;
    const lost = await answer(room, { recover: true, ...request });
    assertEquals(lost, { ...ABOUT, epoch, offset: 5 });
  });

  Deno.test(`Recovery is refused with 112 after ${what} for who wants no other`, async () => {
    const { room } = await roomWith({ count: 5, ...different });
    using _ = room;
    const error = await answer(room, { recover: true, flag: 3, ...request });
    assertEquals(error, { code: 112, message: "unrecoverable position" });
    assertEquals([room.hub.channels(), room.present()], [[], 0]);
  });
}

Deno.test("Recovery gives who wants no other what it can", async () => {
  const { room, epoch } = await roomWith({ count: 5 });
  using _ = room;
  const { recovered } = await answer(room, { recover: true, flag: 2, offset: 4, epoch });
  assertEquals(recovered, true);
  assertEquals((await answer(room, { flag: 2 })).offset, 5);
});

Deno.test("Recovery gives as many as the limit allows", async () => {
  const { room } = await roomWith({ count: 5, client: { recoveryMaxPublicationLimit: 2 } });
  using _ = room;
  const { recovered, publications } = await answer(room, { recover: true, offset: 3 });
  assertEquals([recovered, publications.length], [true, 2]);
});

Deno.test("Recovery gives without a limit all that is kept, over many pages", async () => {
  const { room } = await roomWith({ count: 900 });
  using _ = room;
  const { publications } = await answer(room, { recover: true, offset: 0 });
  assertEquals(publications.map(({ offset }: { offset: number }) => offset), upTo(900));
});

Deno.test("Recovery is none where a client may have a position and no more", async () => {
  const channel = {
    ...{ forceRecovery: false, allowRecovery: false, forcePositioning: true },
    ...{ allowHistoryForClient: false, allowHistoryForSubscriber: false },
  };
  const { room, epoch } = await roomWith({ count: 5, channel });
  using _ = room;
  const begun = await answer(room, { recover: true, recoverable: true, offset: 3, epoch });
  assertEquals(begun, { positioned: true, epoch, offset: 5 });
});

const CACHE = { channel: { forceRecoveryMode: "cache" } } as const;

for (const request of [{}, { offset: 2 }, { offset: 3, epoch: "another" }]) {
  const asked = JSON.stringify(request);
  Deno.test(`Recovery from a cache gives the newest one to who asks with ${asked}`, async () => {
    const { room, epoch } = await roomWith({ count: 5, ...CACHE });
    using _ = room;
    const recovered = await answer(room, { recover: true, ...request });
    assertEquals(recovered, {
      ...{ ...ABOUT, recovered: true, epoch, offset: 5, publications: publications(5) },
    });
  });
}

Deno.test("Recovery from a cache gives nothing to who has the newest one", async () => {
  const { room, epoch } = await roomWith({ count: 5, ...CACHE });
  using _ = room;
  const recovered = await answer(room, { recover: true, offset: 5, epoch });
  assertEquals(recovered, { ...ABOUT, recovered: true, epoch, offset: 5 });
});

Deno.test("Recovery from an empty cache is none", async () => {
  const { room, epoch } = await roomWith({ count: 0, ...CACHE });
  using _ = room;
  assertEquals(await answer(room, { recover: true }), { ...ABOUT, epoch });
});

Deno.test("Recovery from a cache gives nothing to who does not ask for it", async () => {
  const { room, epoch } = await roomWith({ count: 5, ...CACHE });
  using _ = room;
  const begun = await answer(room, {});
  assertEquals(begun, { recoverable: true, positioned: true, epoch, offset: 5 });
});
