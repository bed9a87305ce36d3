import { assert, assertEquals } from "@std/assert";
import type { Hub } from "../../../server/hub/mod.ts";
import { handedOut } from "../hub/recorder.ts";
import { decodedJson } from "../protocol/fossil_decoder.ts";
import type { Message, Peer } from "./client_room.ts";
import { ClientRoom, holdReads } from "./client_room.ts";

/** A document of which each version differs little from the one before. */
function version(number: number): string {
  return JSON.stringify({ text: "a long text that stays as it is ".repeat(8), number });
}

/** Publishes versions of a document on `a`. */
async function publishVersions(hub: Hub, ...numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const payload = { kind: "json", text: version(number) } as const;
    hub.publish({ channel: "a", payload, hasDelta: true });
  }
  await hub.stored();
}

/** What a client with deltas makes of messages, and which of them were deltas. */
class Reader {
  #previous = "";
  readonly kinds: string[] = [];
  readonly numbers: number[] = [];

  read(messages: readonly Message[]): this {
    for (const { subscribe, push } of messages) {
      // As the official client does: a subscription that begins knows of nothing before.
      if (subscribe !== undefined) this.#previous = "";
      for (const each of subscribe?.publications ?? []) this.#take(each);
      if (push?.pub !== undefined) this.#take(push.pub);
    }
    return this;
  }

  #take({ data, delta = false }: { readonly data: string; readonly delta?: boolean }): void {
    this.kinds.push(delta ? "delta" : "whole");
    this.#previous = delta ? decodedJson(this.#previous, data) : data;
    this.numbers.push(JSON.parse(this.#previous).number);
  }
}

const SUBSCRIBE = { channel: "a", delta: "fossil" };

async function subscribe(room: ClientRoom, request: object = {}): Promise<[Peer, Message[]]> {
  const peer = await room.connected();
  const news = await peer.ask({ subscribe: { ...SUBSCRIBE, ...request } });
  return [peer, news];
}

Deno.test("ClientSubscription with deltas gives the first publication whole, then differences", async () => {
  using room = new ClientRoom();
  await publishVersions(room.hub, 1);
  const [peer, [reply]] = await subscribe(room);
  assertEquals(reply.subscribe.delta, true);
  await publishVersions(room.hub, 2);
  await publishVersions(room.hub, 3, 4);
  const { kinds, numbers } = new Reader().read(await peer.news());
  assertEquals([kinds, numbers], [["whole", "delta", "delta"], [2, 3, 4]]);
});

Deno.test("ClientSubscription with deltas goes on with them across a recovery", async () => {
  using room = new ClientRoom();
  await publishVersions(room.hub, 1, 2, 3);
  const [peer, news] = await subscribe(room, { recover: true, offset: 1 });
  await publishVersions(room.hub, 4);
  const { kinds, numbers } = new Reader().read([...news, ...await peer.news()]);
  assertEquals([kinds, numbers], [["whole", "delta", "delta"], [2, 3, 4]]);
});

for (
  const [what, request] of [
    ["recovered nothing", { recover: true, offset: 3 }],
    ["could not recover", { recover: true, offset: 3, epoch: "another" }],
    ["did not ask to recover", {}],
  ] as const
) {
  Deno.test(`ClientSubscription with deltas begins with a whole one for who ${what}`, async () => {
    using room = new ClientRoom();
    await publishVersions(room.hub, 1, 2, 3);
    const [peer, news] = await subscribe(room, request);
    await publishVersions(room.hub, 4, 5);
    const { kinds, numbers } = new Reader().read([...news, ...await peer.news()]);
    assertEquals([kinds, numbers], [["whole", "delta"], [4, 5]]);
  });

  Deno.test(`ClientSubscription with deltas builds on nothing unseen for who ${what}`, async () => {
    using room = new ClientRoom();
    await publishVersions(room.hub, 1, 2, 3);
    const peer = await room.connected();
    const letGo = holdReads(room.log);
    peer.send({ subscribe: { ...SUBSCRIBE, ...request } });
    await handedOut();
    await publishVersions(room.hub, 4);
    await handedOut();
    letGo();
    await handedOut();
    await publishVersions(room.hub, 5);
    const { kinds, numbers } = new Reader().read(await peer.news());
    assertEquals([kinds[0], numbers.at(-1)], ["whole", 5]);
  });
}

Deno.test("ClientSubscription with deltas builds on nothing that was left out of a cache", async () => {
  using room = new ClientRoom({ channel: { forceRecoveryMode: "cache" } });
  await publishVersions(room.hub, 1, 2);
  const [top] = await room.log.tops(["a"]);
  const [peer, news] = await subscribe(room, { recover: true, offset: 2, epoch: top?.epoch });
  await publishVersions(room.hub, 3, 4);
  const { kinds, numbers } = new Reader().read([...news, ...await peer.news()]);
  assertEquals([kinds, numbers], [["whole", "delta"], [3, 4]]);
});

Deno.test("ClientSubscription with deltas begins anew after an unsubscribe", async () => {
  using room = new ClientRoom();
  const [peer, news] = await subscribe(room);
  await publishVersions(room.hub, 1, 2);
  const before = await peer.news();
  const again = await peer.ask({ unsubscribe: { channel: "a" } }, { subscribe: SUBSCRIBE });
  await publishVersions(room.hub, 3, 4);
  const { kinds } = new Reader().read([...news, ...before, ...again, ...await peer.news()]);
  assertEquals(kinds, ["whole", "delta", "whole", "delta"]);
});

Deno.test("ClientSubscription with deltas gives whole what nobody wants as a difference", async () => {
  using room = new ClientRoom();
  const [peer] = await subscribe(room);
  for (const number of [1, 2]) {
    room.hub.publish({ channel: "a", payload: { kind: "json", text: version(number) } });
  }
  await room.hub.stored();
  const { kinds, numbers } = new Reader().read(await peer.news());
  assertEquals([kinds, numbers], [["whole", "whole"], [1, 2]]);
});

Deno.test("ClientSubscription with deltas gives whole what has no likeness", async () => {
  using room = new ClientRoom();
  const [peer] = await subscribe(room);
  for (const text of ['{"number":1}', "[2]"]) {
    room.hub.publish({ channel: "a", payload: { kind: "json", text }, hasDelta: true });
  }
  const news = await peer.news();
  assertEquals(news.map(({ push }) => push.pub), [
    { data: '{"number":1}', offset: 1 },
    { data: "[2]", offset: 2 },
  ]);
});

Deno.test("ClientSubscription gives no deltas where they are not allowed, or not asked for", async () => {
  using room = new ClientRoom({
    namespaces: { plain: { allowedDeltaTypes: [] }, delta: {} },
  });
  const peer = await room.connected();
  for (const request of [{ channel: "plain:a", delta: "fossil" }, { channel: "delta:a" }]) {
    const [reply] = await peer.ask({ subscribe: request });
    assertEquals(reply.subscribe.delta, undefined);
    const payload = { kind: "json", text: version(1) } as const;
    room.hub.publish({ channel: request.channel, payload, hasDelta: true });
    const { push } = (await peer.news()).at(-1);
    assert(typeof push.pub.data === "object");
  }
});
