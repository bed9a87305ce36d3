import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Hub } from "../../../server/hub/mod.ts";
import { handedOut, publish, stubLog, text } from "./recorder.ts";
import { fromTo, hubWith, Resumer, stored } from "./resumer.ts";

Deno.test("Hub.resume from the top begins there and passes on what comes", async () => {
  const { hub, epoch, resume } = await hubWith({ count: 5 });
  const resumer = await resume({ kind: "top" });
  await publish(hub, "a", ["new"]);
  await handedOut();
  assertEquals(resumer.story, ["begin 5", "6"]);
  assertEquals(resumer.positions, [{ epoch, offset: 5 }]);
});

Deno.test("Hub.resume of an empty channel begins at 0", async () => {
  const { hub, resume } = await hubWith({ count: 0 });
  const resumer = await resume({ kind: "last", count: 10 });
  await publish(hub, "a", ["new"]);
  await handedOut();
  assertEquals(resumer.story, ["begin 0", "1"]);
});

for (
  const [count, story] of [
    [1, ["begin 4", "5"]],
    [3, ["begin 2", "3", "4", "5"]],
    [5, ["begin 0", ...fromTo(1, 5)]],
    [99, ["begin 0", ...fromTo(1, 5)]],
  ] as const
) {
  Deno.test(`Hub.resume replays the last ${count} of 5`, async () => {
    const { resume } = await hubWith({ count: 5 });
    assertEquals((await resume({ kind: "last", count })).story, [...story]);
  });
}

Deno.test("Hub.resume replays of the last ones those that are kept", async () => {
  const { resume } = await hubWith({ count: 50, size: 3 });
  const { story } = await resume({ kind: "last", count: 10 });
  assertEquals(story, ["begin 47", "48", "49", "50"]);
});

Deno.test("Hub.resume replays what comes after a position, and then what comes", async () => {
  const { hub, epoch, resume } = await hubWith({ count: 5 });
  const resumer = await resume({ kind: "since", offset: 2, epoch });
  await publish(hub, "a", ["new"]);
  await handedOut();
  assertEquals(resumer.story, ["begin 2", "3", "4", "5", "6"]);
});

Deno.test("Hub.resume takes a position without an epoch at its word", async () => {
  const { epoch, resume } = await hubWith({ count: 3 });
  const resumer = await resume({ kind: "since", offset: 1, epoch: undefined });
  assertEquals(resumer.story, ["begin 1", "2", "3"]);
  assertEquals(resumer.positions, [{ epoch, offset: 1 }]);
});

Deno.test("Hub.resume replays nothing to who is up to date", async () => {
  const { epoch, resume } = await hubWith({ count: 5 });
  assertEquals((await resume({ kind: "since", offset: 5, epoch })).story, ["begin 5"]);
});

for (
  const [what, start] of [
    ["an epoch that it does not know", { offset: 3, epoch: "another" }],
    ["an offset that it has not reached", { offset: 6, epoch: undefined }],
  ] as const
) {
  Deno.test(`Hub.resume tells who comes with ${what} that its place is lost`, async () => {
    const { hub, epoch, resume } = await hubWith({ count: 5 });
    const resumer = await resume({ kind: "since", ...start });
    await publish(hub, "a", ["new"]);
    await handedOut();
    assertEquals(resumer.story, ["reset 5", "6"]);
    assertEquals(resumer.positions, [{ epoch, offset: 5 }]);
  });
}

Deno.test("Hub.resume tells who missed more than is kept that its place is lost", async () => {
  const { epoch, resume } = await hubWith({ count: 50, size: 10 });
  assertEquals((await resume({ kind: "since", offset: 39, epoch })).story, ["reset 50"]);
  const inTime = await resume({ kind: "since", offset: 40, epoch });
  assertEquals(inTime.story, ["begin 40", ...fromTo(41, 50)]);
});

Deno.test("Hub.resume replays everything that is kept, page after page", async () => {
  const { resume } = await hubWith({ count: 2_000 });
  const { story } = await resume({ kind: "last", count: 2_000 });
  assertEquals(story, ["begin 0", ...fromTo(1, 2_000)]);
});

Deno.test("Hub.resume stops reading for who has gone", async () => {
  const { hub, epoch } = await hubWith({ count: 2_000 });
  const resumer = new Resumer();
  resumer.onDrained = () => Promise.resolve(void (resumer.isGone = true));
  hub.resume("a", resumer, { kind: "since", offset: 0, epoch });
  await handedOut();
  assert(resumer.offsets.length < 200, `${resumer.offsets.length} were handed over`);
});

for (
  const { what, start, read } of [
    { what: "its place is found", start: { kind: "top" }, read: undefined },
    {
      what: "what it missed is read",
      start: { kind: "since", offset: 2, epoch: "epoch" },
      read: undefined,
    },
    {
      what: "its place proves lost",
      start: { kind: "since", offset: 9, epoch: "epoch" },
      read: undefined,
    },
    {
      what: "the log fails",
      start: { kind: "top" },
      read: () => Promise.reject(new Error("disk gone")),
    },
  ] as const
) {
  Deno.test(`Hub.resume tells nothing to who goes while ${what}`, async () => {
    const top = { epoch: "epoch", offset: 5 };
    const log = stubLog({
      tops: () => Promise.resolve([top]),
      read: read ?? (() => Promise.resolve({ top, publications: [], hasMore: false })),
    });
    const hub = new Hub({ log });
    const resumer = new Resumer();
    const subscription = hub.resume("a", resumer, start);
    hub.unsubscribe(subscription);
    resumer.isGone = true;
    await handedOut();
    assertEquals([resumer.story, resumer.errors], [[], []]);
  });
}

Deno.test("Hub.resume tells when the log cannot be read", async () => {
  const error = new Error("disk gone");
  const hub = new Hub({ log: stubLog({ read: () => Promise.reject(error) }) });
  const resumer = new Resumer();
  hub.resume("a", resumer, { kind: "since", offset: 0, epoch: undefined });
  await handedOut();
  assertEquals(resumer.errors, [error]);
});

Deno.test("Hub.resume gives who is given the same page the same deliveries", async () => {
  const top = { epoch: "e", offset: 3 };
  const publications = [2, 3].map((offset) => ({ offset, time: 0, payload: text(offset) }));
  const page = { top, publications, hasMore: false };
  const hub = new Hub({ log: stubLog({ read: () => Promise.resolve(page) }) });
  const resumers = [new Resumer(), new Resumer()];
  for (const resumer of resumers) {
    hub.resume("a", resumer, { kind: "since", offset: 1, epoch: "e" });
  }
  await handedOut();
  const [one, other] = resumers.map(({ deliveries }) => deliveries);
  assertEquals(resumers.map(({ story }) => story), Array(2).fill(["begin 1", "2", "3"]));
  assertEquals(one?.length, 1);
  assertStrictEquals(one?.[0], other?.[0]);
  assertStrictEquals(one?.[0]?.listed, other?.[0]?.listed);
});

Deno.test("Hub.resume tells when the log throws at once", async () => {
  const tops = () => {
    throw new Error("closed");
  };
  const hub = new Hub({ log: stubLog({ tops }) });
  const resumer = new Resumer();
  hub.resume("a", resumer, { kind: "top" });
  await handedOut();
  assertEquals(resumer.errors.map(String), ["Error: closed"]);
});

Deno.test("Hub.resume tells of a new epoch while live", async () => {
  const hub = new Hub({
    log: stubLog({
      tops: () => Promise.resolve([{ epoch: "old", offset: 5 }]),
      read: () =>
        Promise.resolve({ top: { epoch: "old", offset: 5 }, publications: [], hasMore: false }),
      append: (drafts) => Promise.resolve(drafts.map((_, index) => stored("new", index + 1))),
    }),
  });
  const resumer = new Resumer();
  hub.resume("a", resumer, { kind: "top" });
  await handedOut();
  await publish(hub, "a", [1, 2]);
  await handedOut();
  assertEquals(resumer.story, ["begin 5", "reset 0", "1", "2"]);
  assertEquals(resumer.positions[1], { epoch: "new", offset: 0 });
});

Deno.test("Hub.resume ends for who unsubscribes", async () => {
  const { hub } = await hubWith({ count: 5 });
  const resumer = new Resumer();
  const subscription = hub.resume("a", resumer, { kind: "top" });
  await handedOut();
  hub.unsubscribe(subscription);
  await publish(hub, "a", [6]);
  await handedOut();
  assertEquals([resumer.story, hub.channels()], [["begin 5"], []]);
});

Deno.test(
  "Hub.resume does not read for ever when the epoch has changed while it read",
  async () => {
    let reads = 0;
    const hub: Hub = new Hub({
      log: stubLog({
        append: (drafts) => Promise.resolve(drafts.map((_, index) => stored("old", index + 1))),
        read: async () => {
          reads += 1;
          if (reads > 1_000) throw new Error("read a thousand times");
          if (reads === 1) await publish(hub, "a", [1]);
          return { top: { epoch: "new", offset: 0 }, publications: [], hasMore: false };
        },
      }),
    });
    const resumer = new Resumer();
    hub.resume("a", resumer, { kind: "since", offset: 0, epoch: "old" });
    await handedOut();
    assertEquals(resumer.errors, []);
  },
);
