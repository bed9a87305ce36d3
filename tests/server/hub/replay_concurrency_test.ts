import { assert, assertEquals } from "@std/assert";
import { Hub } from "../../../server/hub/mod.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { integer, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";
import { handedOut, publish, ScriptedLog, subscribeMany, text, upTo } from "./recorder.ts";
import { fromTo, hubWith, Resumer } from "./resumer.ts";

Deno.test("Hub.resume waits for a slow reader, and keeps nothing for it meanwhile", async () => {
  const { hub, epoch } = await hubWith({ count: 100 });
  const resumer = new Resumer();
  const ready = Promise.withResolvers<void>();
  resumer.onDrained = () => ready.promise;
  hub.resume("a", resumer, { kind: "since", offset: 0, epoch });
  await handedOut();
  assert(resumer.offsets.length < 100, `${resumer.offsets.length} were handed over`);
  await publish(hub, "a", upTo(500));
  await handedOut();
  assertEquals(hub.isOverloaded, false);
  ready.resolve();
  await turns(200);
  assertEquals(resumer.offsets, upTo(600));
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

/** Readers that come at random moments, from random places, while publishing goes on. */
async function comeAndRead(random: () => number): Promise<void> {
  let total = integer(random, 700);
  const { hub, epoch } = await hubWith({ count: total });
  const readers: { readonly resumer: Resumer; readonly since: number }[] = [];
  for (let step = 0; step < 60; step++) {
    const resumer = new Resumer();
    resumer.onDrained = () => turns(integer(random, 4));
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
