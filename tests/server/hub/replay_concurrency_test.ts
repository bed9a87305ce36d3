import { assert, assertEquals } from "@std/assert";
import { Hub } from "../../../server/hub/mod.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { integer, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";
import { handedOut, publish, ScriptedLog, subscribeMany, text, upTo } from "./recorder.ts";
import { fromTo, hubWith, Resumer } from "./resumer.ts";

Deno.test("Hub.resume waits for a slow reader, and keeps nothing for it meanwhile", async () => {
  const { hub, epoch } = await hubWith({ count: 200 });
  const resumer = new Resumer();
  const ready = Promise.withResolvers<void>();
  resumer.onDrained = () => ready.promise;
  hub.resume("a", resumer, { kind: "since", offset: 0, epoch });
  await handedOut();
  assert(resumer.offsets.length < 200, `${resumer.offsets.length} were handed over`);
  await publish(hub, "a", upTo(500));
  await handedOut();
  assertEquals(hub.isOverloaded, false);
  ready.resolve();
  await turns(200);
  assertEquals(resumer.offsets, upTo(700));
});

Deno.test("Hub.resume tells a reader so slow that its place was trimmed away", async () => {
  const { hub, epoch } = await hubWith({ count: 50, size: 50 });
  const resumer = new Resumer();
  const ready = Promise.withResolvers<void>();
  resumer.onDrained = () => ready.promise;
  hub.resume("a", resumer, { kind: "since", offset: 0, epoch });
  await handedOut();
  await publish(hub, "a", upTo(500));
  ready.resolve();
  await handedOut();
  assertEquals(resumer.story.filter((line) => line.startsWith("reset")), ["reset 550"]);
  assertEquals(resumer.offsets, upTo(50));
});

Deno.test("Hub.resume passes on of a delivery only what it has not read already", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  // Two channels that take a turn each keep the third waiting: its publications pile up.
  for (const busy of ["b", "c"]) subscribeMany(hub, busy, 600);
  const stored = Promise.withResolvers<void>();
  const read = log.read.bind(log);
  log.read = async (...options) => {
    await stored.promise;
    return await read(...options);
  };
  const resumer = new Resumer();
  hub.resume("a", resumer, { kind: "since", offset: 0, epoch: undefined });
  for (const busy of ["b", "c"]) hub.publish({ channel: busy, payload: text(1) });
  await publish(hub, "a", [1, 2]);
  stored.resolve();
  await publish(hub, "a", [3]);
  await handedOut();
  assertEquals(resumer.story, ["begin 0", "1", "2", "3"]);
  assertEquals(resumer.deliveries.map(({ outgoing }) => outgoing.length), [2, 1]);
});

/** Somebody who is live, and the promise that it has drained. */
async function liveReader(): Promise<{ hub: Hub; resumer: Resumer; drain: () => void }> {
  const { hub } = await hubWith({ count: 3 });
  const resumer = new Resumer();
  const drained = Promise.withResolvers<void>();
  hub.resume("a", resumer, { kind: "top" });
  await handedOut();
  resumer.onDrained = () => drained.promise;
  const drain = () => {
    resumer.isFull = false;
    drained.resolve();
  };
  return { hub, resumer, drain };
}

Deno.test("Hub.resume gives a reader that is full nothing, and keeps nothing for it", async () => {
  const { hub, resumer } = await liveReader();
  resumer.isFull = true;
  await publish(hub, "a", upTo(1_000));
  await turns(200);
  assertEquals([resumer.story, hub.isOverloaded], [["begin 3"], false]);
});

Deno.test("Hub.resume catches a reader that was full up from the log, and goes on live", async () => {
  const { hub, resumer, drain } = await liveReader();
  await publish(hub, "a", [4]);
  await handedOut();
  resumer.isFull = true;
  await publish(hub, "a", upTo(600));
  await handedOut();
  drain();
  await turns(200);
  await publish(hub, "a", ["live"]);
  await handedOut();
  assertEquals(resumer.story, ["begin 3", ...fromTo(4, 605)]);
});

Deno.test("Hub.resume reads no more for a reader that has gone while it was full", async () => {
  const { hub, resumer, drain } = await liveReader();
  resumer.isFull = true;
  await publish(hub, "a", [4]);
  await handedOut();
  resumer.isGone = true;
  drain();
  await handedOut();
  assertEquals(resumer.story, ["begin 3"]);
});

Deno.test("Hub.resume reads large publications a few at a time", async () => {
  const log = new ScriptedLog();
  const hub = new Hub({ log });
  await publish(hub, "a", upTo(20).map(() => "x".repeat(65_536)));
  const pages: number[] = [];
  const read = log.read.bind(log);
  log.read = async (...options) => {
    const page = await read(...options);
    pages.push(page.publications.length);
    return page;
  };
  const resumer = new Resumer();
  hub.resume("a", resumer, { kind: "last", count: 20 });
  await handedOut();
  assertEquals(resumer.offsets, upTo(20));
  assertEquals(Math.max(...pages) <= 4, true, `${pages}`);
});

/** Readers that come at random moments, from random places, while publishing goes on. */
async function comeAndRead(random: () => number): Promise<void> {
  let total = integer(random, 700);
  const { hub, epoch } = await hubWith({ count: total });
  const readers: { readonly resumer: Resumer; readonly since: number }[] = [];
  for (let step = 0; step < 60; step++) {
    const resumer = new Resumer();
    resumer.onDrained = async () => {
      await turns(integer(random, 4));
      resumer.isFull = false;
    };
    resumer.onDeliver = () => resumer.isFull = random() < 0.2;
    const since = integer(random, total + 1);
    readers.push({ resumer, since });
    hub.resume("a", resumer, { kind: "since", offset: since, epoch });
    const count = integer(random, 60);
    total += count;
    await publish(hub, "a", upTo(count));
    await turns(integer(random, 3));
  }
  await turns(2_000);
  for (const { resumer, since } of readers) {
    assertEquals(resumer.story, [`begin ${since}`, ...fromTo(since + 1, total)]);
  }
}

for (const seed of SEEDS.slice(0, 10)) {
  Deno.test(`Hub.resume leaves no gap and repeats nothing whenever a reader comes, story ${seed}`, () =>
    comeAndRead(seededRandom(seed)));
}
