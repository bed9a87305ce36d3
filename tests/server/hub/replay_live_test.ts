import { assertEquals } from "@std/assert";
import type { ReplayStart } from "../../../server/hub/mod.ts";
import { Hub, Notice } from "../../../server/hub/mod.ts";
import { handedOut, publish, ScriptedLog, stubLog, text } from "./recorder.ts";
import { fromTo, hubWith, Resumer } from "./resumer.ts";

/** Also writes down when it has caught up, and who comes and goes. */
class LiveResumer extends Resumer {
  readonly wantsNotices = true;

  caughtUp(): void {
    this.story.push("caught up");
  }

  notice({ kind }: Notice): void {
    this.story.push(kind);
  }
}

/** A notice about somebody in channel `a`. */
function join(): Notice {
  return new Notice("join", "a", { user: "42", client: "c" });
}

Deno.test("Replay says that it has caught up behind everything that was missed", async () => {
  const { hub, epoch } = await hubWith({ count: 3 });
  const resumer = new LiveResumer();
  hub.resume("a", resumer, { kind: "since", offset: 1, epoch });
  await handedOut();
  await publish(hub, "a", ["new"]);
  await handedOut();
  assertEquals(resumer.story, ["begin 1", "2", "3", "caught up", "4"]);
});

Deno.test("Replay says again that it has caught up after it had to read on", async () => {
  const { hub } = await hubWith({ count: 0 });
  const resumer = new LiveResumer();
  hub.resume("a", resumer, { kind: "top" });
  await handedOut();
  resumer.isFull = true;
  await publish(hub, "a", [1]);
  await handedOut();
  assertEquals(resumer.story, ["begin 0", "caught up", "1", "caught up"]);
});

for (
  const [missed, story] of [
    [2, ["begin 3", "4", "5", "caught up"]],
    [3, ["reset 5", "caught up"]],
  ] as const
) {
  Deno.test(`Replay of at most 2 takes ${missed} missed ones for ${story[0]}`, async () => {
    const { hub, epoch } = await hubWith({ count: 5 });
    const resumer = new LiveResumer();
    hub.resume("a", resumer, { kind: "since", offset: 5 - missed, epoch, maxMissed: 2 });
    await handedOut();
    assertEquals(resumer.story, [...story]);
  });
}

Deno.test("Replay passes notices on only while it is live", async () => {
  const { hub } = await hubWith({ count: 2 });
  const resumer = new LiveResumer();
  const ready = Promise.withResolvers<void>();
  resumer.onDrained = () => ready.promise;
  hub.resume("a", resumer, { kind: "last", count: 2 });
  hub.announce(join());
  await handedOut();
  ready.resolve();
  await handedOut();
  hub.announce(join());
  await handedOut();
  assertEquals(resumer.story, ["begin 0", "1", "2", "caught up", "join"]);
});

Deno.test("Replay does not give what went past the log before it is live", async () => {
  const { hub } = await hubWith({ count: 2 });
  const resumer = new LiveResumer();
  const ready = Promise.withResolvers<void>();
  resumer.onDrained = () => ready.promise;
  hub.resume("a", resumer, { kind: "last", count: 2 });
  hub.publish({ channel: "a", payload: text("lost"), isTransient: true });
  await handedOut();
  ready.resolve();
  await handedOut();
  hub.publish({ channel: "a", payload: text("seen"), isTransient: true });
  await handedOut();
  assertEquals(resumer.story, ["begin 0", "1", "2", "caught up", "0"]);
  assertEquals(resumer.texts.at(-1), "seen");
});

Deno.test("Replay drops what went past the log when there is no room for it", async () => {
  const { hub } = await hubWith({ count: 0 });
  const resumer = new LiveResumer();
  hub.resume("a", resumer, { kind: "top" });
  await handedOut();
  resumer.isFull = true;
  hub.publish({ channel: "a", payload: text("lost"), isTransient: true });
  await handedOut();
  assertEquals(resumer.story, ["begin 0", "caught up"]);
});

const STARTS: readonly ReplayStart[] = [
  { kind: "top" },
  { kind: "since", offset: 0, epoch: undefined },
  { kind: "since", offset: 0, epoch: "another" },
];

for (const start of STARTS) {
  Deno.test(`Replay from ${JSON.stringify(start)} tells nothing to who has gone`, async () => {
    const hub = new Hub({ log: new ScriptedLog() });
    const resumer = new LiveResumer();
    hub.resume("a", resumer, start);
    resumer.isGone = true;
    await handedOut();
    assertEquals(resumer.story, []);
  });
}

Deno.test("Replay does not tell who has gone that the log cannot be read", async () => {
  const hub = new Hub({ log: stubLog({ tops: () => Promise.reject(new Error("disk gone")) }) });
  const resumer = new LiveResumer();
  hub.resume("a", resumer, { kind: "top" });
  resumer.isGone = true;
  await handedOut();
  assertEquals(resumer.errors, []);
});

Deno.test("Replay that fell behind gives everything once, in order", async () => {
  const { hub } = await hubWith({ count: 0 });
  const resumer = new LiveResumer();
  hub.resume("a", resumer, { kind: "top" });
  await handedOut();
  resumer.isFull = true;
  await publish(hub, "a", [1, 2, 3]);
  await publish(hub, "a", [4]);
  resumer.isFull = false;
  await handedOut();
  const offsets = resumer.story.filter((entry) => entry !== "caught up");
  assertEquals(offsets, ["begin 0", ...fromTo(1, 4)]);
});
