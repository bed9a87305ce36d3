import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { InFlight } from "../../../lifecycle/mod.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import {
  EVENT_STREAM_HEAD,
  StreamTransport,
  wrapForEventStream,
  wrapForHttpStream,
} from "../../../server/session/stream_transport.ts";
import { FakeClock, turns } from "../../lifecycle/fake_clock.ts";

const SHUTDOWN = { code: 3001, reason: "shutdown" };
const PUSH = '{"push":{"disconnect":{"code":3001,"reason":"shutdown"}}}';

/** A stream that may hold 100 bytes, and what it tells. */
class Scene {
  readonly answer = Promise.withResolvers<void>();
  readonly story: string[] = [];
  readonly transport = new StreamTransport({
    ...{ codec: CENTRIFUGE_JSON, wrap: wrapForHttpStream, maxQueuedBytes: 100 },
    ...{ closeTimeoutMs: 3_000, flight: new InFlight().track(this.answer.promise) },
    onEnded: (outcome) => this.story.push(`ended ${outcome}`),
  });
  readonly reader = this.transport.body.getReader();

  close(): void {
    this.transport.close(SHUTDOWN, () => this.story.push("given up"));
  }

  drain(): void {
    void this.transport.drained().then((isDrained) => this.story.push(`drained ${isDrained}`));
  }

  async read(): Promise<string | undefined> {
    const { value } = await this.reader.read();
    return value === undefined ? undefined : new TextDecoder().decode(value);
  }
}

Deno.test("StreamTransport hands on each frame as it stands in the stream", async () => {
  const scene = new Scene();
  scene.transport.send("one");
  scene.transport.send("two\nthree");
  assertEquals([await scene.read(), await scene.read()], ["one\n", "two\nthree\n"]);
});

Deno.test("StreamTransport says when its reader has left more unread than it may", async () => {
  const scene = new Scene();
  assertEquals(scene.transport.send("x".repeat(98)), true);
  assertEquals(scene.transport.send("x"), false);
  await scene.read();
  assertEquals(scene.transport.send("x"), true);
});

Deno.test("StreamTransport.drained waits until half of the room is free", async () => {
  const scene = new Scene();
  for (const _ of "abcd") scene.transport.send("x".repeat(19));
  scene.drain();
  await turns();
  assertEquals(scene.story, []);
  await scene.read();
  await turns();
  assertEquals(scene.story, []);
  await scene.read();
  await turns();
  assertEquals(scene.story, ["drained true"]);
});

Deno.test("StreamTransport.drained is false after half a minute without progress", async () => {
  using clock = new FakeClock();
  const scene = new Scene();
  scene.transport.send("x".repeat(99));
  scene.drain();
  await clock.advance(29_999);
  assertEquals(scene.story, []);
  await clock.advance(1);
  assertEquals([scene.story, clock.pending], [["drained false"], 0]);
});

Deno.test("StreamTransport.drained waits no longer when the reader has gone", async () => {
  using clock = new FakeClock();
  const scene = new Scene();
  scene.transport.send("x".repeat(99));
  scene.drain();
  await scene.reader.cancel();
  await turns();
  assertEquals([scene.story, clock.pending], [["ended terminated", "drained true"], 0]);
});

Deno.test("StreamTransport.close says why behind all that is queued, and ends", async () => {
  using clock = new FakeClock();
  const scene = new Scene();
  scene.transport.send("last");
  scene.close();
  const all = [await scene.read(), await scene.read(), await scene.read()];
  assertEquals(all, ["last\n", `${PUSH}\n`, undefined]);
  scene.answer.resolve();
  await turns();
  scene.transport.closed();
  await clock.advance(5_000);
  assertEquals(scene.story, ["ended clean"]);
});

Deno.test("StreamTransport gives up a reader that does not take the last bytes in time", async () => {
  using clock = new FakeClock();
  const scene = new Scene();
  scene.close();
  await clock.advance(2_999);
  assertEquals(scene.story, []);
  await clock.advance(1);
  scene.transport.giveUp();
  assertEquals(scene.story, ["given up"]);
});

Deno.test("StreamTransport.giveUp gives up at once, and only what is closed", () => {
  using clock = new FakeClock();
  const scene = new Scene();
  scene.transport.giveUp();
  assertEquals(scene.story, []);
  scene.close();
  scene.transport.giveUp();
  assertEquals([scene.story, clock.pending], [["given up"], 0]);
});

Deno.test("StreamTransport ends once, as terminated when its answer broke", async () => {
  const scene = new Scene();
  scene.answer.reject(new Error("reset"));
  await turns();
  scene.transport.send("nobody reads this");
  scene.close();
  await scene.reader.cancel();
  assertEquals(scene.story, ["ended terminated"]);
});

Deno.test("wrapForEventStream makes one event of each message", () => {
  const text = new TextDecoder().decode(concat([EVENT_STREAM_HEAD, wrapForEventStream("{}\n[1]")]));
  assertEquals(text, "\ndata: {}\n\ndata: [1]\n\n");
});

Deno.test("wrapForHttpStream leaves bytes as they are", () => {
  assertEquals(wrapForHttpStream(new Uint8Array([1, 10, 2])), new Uint8Array([1, 10, 2]));
});
