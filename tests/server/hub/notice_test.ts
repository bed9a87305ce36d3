import { assertEquals, assertStrictEquals } from "@std/assert";
import { Hub, Notice } from "../../../server/hub/mod.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { handedOut, publish, Recorder, ScriptedLog, subscribeMany, upTo } from "./recorder.ts";

/** Writes down publications by their texts and notices by their kind and client. */
class Listener extends Recorder {
  readonly wantsNotices = true;
  readonly story: string[] = [];
  override onDeliver = () => void this.story.push(...this.texts.slice(-1));

  notice({ kind, info }: Notice): void {
    this.story.push(`${kind} ${info.client}`);
  }
}

function notice(kind: "join" | "leave", client = "c"): Notice {
  return new Notice(kind, "a", { user: "42", client });
}

Deno.test("Notice is encoded once for each encoding", () => {
  let count = 0;
  const codec = { ...CENTRIFUGE_JSON, encode: () => `${++count}` };
  const one = notice("join");
  assertStrictEquals(one.frame(codec), one.frame(codec));
  assertEquals(
    one.frame(CENTRIFUGE_JSON),
    '{"push":{"channel":"a","join":{"info":{"user":"42","client":"c"}}}}',
  );
});

Deno.test("Hub.announce tells in the order of publications", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const listener = new Listener();
  hub.subscribe("a", listener);
  await publish(hub, "a", [1]);
  hub.announce(notice("join"));
  await publish(hub, "a", [2]);
  hub.announce(notice("leave"));
  await handedOut();
  assertEquals(listener.story, ["1", "join c", "2", "leave c"]);
});

Deno.test("Hub.announce tells only who wants to know, and in the channel only", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const [here, there] = [new Listener(), new Listener()];
  const [deaf] = subscribeMany(hub, "a", 1);
  hub.subscribe("a", here);
  hub.subscribe("b", there);
  hub.announce(notice("join"));
  await handedOut();
  assertEquals([here.story, there.story, deaf?.deliveries], [["join c"], [], []]);
});

Deno.test("Hub.announce does nothing where nobody listens", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const listener = new Listener();
  hub.announce(notice("join"));
  assertEquals(hub.channels(), []);
  subscribeMany(hub, "a", 1);
  hub.announce(notice("join"));
  hub.subscribe("a", listener);
  await handedOut();
  assertEquals(listener.story, []);
});

Deno.test("Hub.announce counts who listens, also when one unsubscribes twice", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const [one, two] = [new Listener(), new Listener()];
  const subscription = hub.subscribe("a", one);
  hub.subscribe("a", two);
  hub.unsubscribe(subscription);
  hub.unsubscribe(subscription);
  hub.announce(notice("join"));
  await handedOut();
  assertEquals([one.story, two.story], [[], ["join c"]]);
});

Deno.test("Hub.announce tells nobody of what was before", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const [early, late] = [new Listener(), new Listener()];
  hub.subscribe("a", early);
  hub.announce(notice("join"));
  hub.subscribe("a", late);
  await handedOut();
  assertEquals([early.story, late.story], [["join c"], []]);
});

Deno.test("Hub.leave hands over the notices that wait", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  subscribeMany(hub, "a", 600);
  const listener = new Listener();
  const subscription = hub.subscribe("a", listener);
  await publish(hub, "a", upTo(30));
  hub.announce(notice("join"));
  hub.leave(subscription, () => listener.story.push("left"));
  hub.announce(notice("leave"));
  await handedOut();
  assertEquals(listener.story.slice(-2), ["join c", "left"]);
});

Deno.test("Hub.announce does not count against what may wait", async () => {
  const hub = new Hub({ log: new ScriptedLog(), maxBacklogBytes: 0 });
  hub.subscribe("a", new Listener());
  hub.announce(notice("join"));
  assertEquals(hub.isOverloaded, false);
  await handedOut();
  assertEquals([hub.isOverloaded, hub.channels().length], [false, 1]);
});

Deno.test("Hub.announce drops notices while too many wait, and nothing else", async () => {
  const hub = new Hub({ log: new ScriptedLog() });
  const listener = new Listener();
  hub.subscribe("a", listener);
  for (const n of upTo(5_000)) hub.announce(notice("join", `${n}`));
  await publish(hub, "a", [1]);
  await turns(1_100);
  assertEquals(listener.story, [...upTo(1_024).map((n) => `join ${n}`), "1"]);
  hub.announce(notice("leave", "1"));
  await handedOut();
  assertEquals(listener.story.at(-1), "leave 1");
});
