import { assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import type { CloseOutcome } from "../../../lifecycle/mod.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import type { ClientTransport, SessionOwner } from "../../../server/session/mod.ts";
import { Traffic } from "../../../server/metrics/mod.ts";
import { Flusher } from "../../../server/session/flusher.ts";
import { ClientSession } from "../../../server/session/mod.ts";
import { handedOut } from "../hub/recorder.ts";
import { ClientRoom } from "./client_room.ts";
import { UNCOUNTED } from "../settings.ts";

/** A session between an owner and a transport that write down what they are told. */
class Scene implements SessionOwner, ClientTransport, Disposable {
  readonly room = new ClientRoom();
  readonly story: string[] = [];
  onGivenUp: () => void = () => {};
  readonly session: ClientSession;

  constructor() {
    const { environment } = this.room;
    this.session = new ClientSession({
      ...{ environment, codec: CENTRIFUGE_JSON, transport: this, owner: this },
      traffic: new Traffic("centrifuge_websocket_json"),
      flushers: { soon: new Flusher(queueMicrotask), turnEnd: new Flusher(setImmediate) },
      place: UNCOUNTED,
    });
  }

  /** Open, with a connected client. */
  async connect(): Promise<void> {
    this.session.opened();
    this.session.received('{"id":1,"connect":{}}');
    await handedOut();
    this.story.length = 0;
  }

  /** A publication that waits for a token to be checked. */
  publishBehindAToken(): () => void {
    const checked = Promise.withResolvers<void>();
    this.room.verifier.gate = checked.promise;
    const token = this.room.verifier.connection({ user: "42" });
    this.session.opened();
    this.session.received(
      `{"id":1,"connect":{"token":"${token}"}}\n{"id":2,"publish":{"channel":"a","data":1}}`,
    );
    this.story.length = 0;
    return checked.resolve;
  }

  readonly queuedBytes = 0;
  expel(): boolean {
    return false;
  }
  disconnecting(): void {}
  send(): boolean {
    this.story.push("send");
    return true;
  }
  drained(): Promise<boolean> {
    return Promise.resolve(true);
  }
  close({ code }: { readonly code: number }, onGivenUp: () => void): void {
    this.story.push(`close ${code}`);
    this.onGivenUp = onGivenUp;
  }
  closed(): void {
    this.story.push("closed");
  }
  giveUp(): void {
    this.onGivenUp();
  }
  opened(): void {
    this.story.push("opened");
  }
  received(): void {}
  earlyMs(): number {
    return 0;
  }
  left(_: unknown, outcome: CloseOutcome): void {
    this.story.push(`left ${outcome}`);
  }
  givenUp(): void {
    this.story.push("given up");
  }
  released(): void {
    this.story.push("released");
  }

  [Symbol.dispose](): void {
    this.session.ended("clean");
    this.room[Symbol.dispose]();
  }
}

Deno.test("ClientSession tells its owner once that it has ended", async () => {
  using scene = new Scene();
  await scene.connect();
  scene.session.ended("clean");
  scene.session.ended("terminated");
  scene.session.giveUp();
  scene.session.close("flush");
  assertEquals(scene.story, ["closed", "released", "left clean"]);
});

Deno.test("ClientSession that never opened ends as terminated", () => {
  using scene = new Scene();
  scene.session.expire();
  scene.session.opened();
  assertEquals(scene.story, ["closed", "released", "left terminated"]);
});

Deno.test("ClientSession that is open does not expire", async () => {
  using scene = new Scene();
  await scene.connect();
  scene.session.expire();
  assertEquals(scene.story, []);
});

Deno.test("ClientSession that is told to go while it closes still carries out what was sent", async () => {
  using scene = new Scene();
  await scene.connect();
  scene.session.close("hurry");
  assertEquals([scene.session.expel("forced"), scene.session.expel("tooSlow")], [false, false]);
  scene.session.received('{"id":2,"publish":{"channel":"a","data":1}}');
  await handedOut();
  assertEquals([scene.story, scene.room.log.batches.flat().length], [["close 3001"], 1]);
});

Deno.test("ClientSession carries out what waits for a token before it has left", async () => {
  using scene = new Scene();
  const checked = scene.publishBehindAToken();
  scene.session.ended("clean");
  await handedOut();
  assertEquals(scene.story, ["closed", "released"]);
  checked();
  await handedOut();
  assertEquals(scene.story, ["closed", "released", "left clean"]);
  const [draft] = scene.room.log.batches.flat();
  assertEquals(draft?.info?.user, "42");
  assertEquals(scene.room.environment.clients.size, 0);
});

Deno.test("ClientSession that has ended takes nothing more", async () => {
  using scene = new Scene();
  const checked = scene.publishBehindAToken();
  scene.session.ended("clean");
  scene.session.received('{"id":3,"publish":{"channel":"a","data":2}}');
  checked();
  await handedOut();
  assertEquals([scene.session.isGone, scene.room.log.batches.flat().length], [true, 1]);
});

Deno.test("ClientSession that has ended is not waited for once it is given up", async () => {
  using scene = new Scene();
  const checked = scene.publishBehindAToken();
  scene.session.ended("clean");
  scene.session.giveUp();
  assertEquals(scene.story, ["closed", "released", "left clean"]);
  checked();
  await handedOut();
  assertEquals(scene.story, ["closed", "released", "left clean"]);
});

Deno.test("ClientSession is given up while it connects", () => {
  using scene = new Scene();
  scene.session.giveUp();
  assertEquals(scene.story, ["given up", "left terminated"]);
});

Deno.test("ClientSession is given up while it is open, and then released when it ends", async () => {
  using scene = new Scene();
  await scene.connect();
  scene.session.giveUp();
  scene.session.giveUp();
  assertEquals(scene.story, ["given up", "left terminated"]);
  assertEquals([scene.room.environment.clients.size, scene.room.wheel.size], [0, 0]);
  scene.session.ended("clean");
  assertEquals(scene.story.slice(2), ["closed", "released"]);
});

Deno.test("ClientSession is given up while it leaves, without a Close", async () => {
  using scene = new Scene();
  await scene.connect();
  scene.session.received('{"id":2,"subscribe":{"channel":"a"}}');
  await handedOut();
  scene.story.length = 0;
  scene.room.log.gate = new Promise(() => {});
  scene.session.received('{"id":3,"publish":{"channel":"a","data":1}}');
  scene.session.close("flush");
  scene.session.giveUp();
  assertEquals(scene.story, ["given up", "left terminated"]);
});

Deno.test("ClientSession is given up while it closes, by its transport", async () => {
  using scene = new Scene();
  await scene.connect();
  scene.session.close("flush");
  scene.session.giveUp();
  assertEquals(scene.story, ["close 3001", "given up", "left terminated"]);
  scene.session.ended("terminated");
  assertEquals(scene.story.slice(3), ["closed", "released"]);
});

Deno.test("ClientSession that ends while it leaves sends nothing more", async () => {
  using scene = new Scene();
  await scene.connect();
  const disk = Promise.withResolvers<void>();
  scene.room.log.gate = disk.promise;
  scene.session.received('{"id":2,"publish":{"channel":"a","data":1}}');
  scene.session.close("flush");
  scene.session.ended("terminated");
  disk.resolve();
  await handedOut();
  assertEquals(scene.story, ["closed", "released", "left terminated"]);
});

Deno.test("ClientSession that ends answers nothing that was about to begin", async () => {
  using scene = new Scene();
  await scene.connect();
  scene.session.received('{"id":2,"subscribe":{"channel":"a"}}');
  scene.session.ended("clean");
  await handedOut();
  assertEquals(scene.story, ["closed", "released", "left clean"]);
});
