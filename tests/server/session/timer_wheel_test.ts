import { assertEquals } from "@std/assert";
import { TimerWheel } from "../../../server/session/mod.ts";

const TURN_EVERY_MS = 100;

/** A wheel whose clock a test moves, and what has fired. */
class Scene implements Disposable {
  now = 12_345;
  readonly fired: string[] = [];
  readonly wheel = new TimerWheel(() => this.now);
  readonly #timers: { cancel(): void }[] = [];

  schedule(delayMs: number, name: string, onTime: () => void = () => {}): { cancel(): void } {
    const timer = this.wheel.schedule(delayMs, () => {
      this.fired.push(name);
      onTime();
    });
    this.#timers.push(timer);
    return timer;
  }

  /** Lets time pass, and turns the wheel as often as it turns itself. */
  pass(ms: number): void {
    for (let leftMs = ms; leftMs > 0; leftMs -= TURN_EVERY_MS) {
      this.stall(Math.min(leftMs, TURN_EVERY_MS));
    }
  }

  /** Lets time pass in which nothing turns. */
  stall(ms: number): void {
    this.now += ms;
    this.wheel.turn();
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer.cancel();
  }
}

Deno.test("TimerWheel fires never early, and within a tick of the next turn", () => {
  using scene = new Scene();
  scene.schedule(1_000, "one");
  scene.pass(999);
  assertEquals(scene.fired, []);
  scene.pass(101);
  assertEquals([scene.fired, scene.wheel.size], [["one"], 0]);
});

Deno.test("TimerWheel fires in the order of time, also when it turns late", () => {
  using scene = new Scene();
  scene.schedule(400, "third");
  scene.schedule(200, "first");
  scene.schedule(300, "second");
  scene.stall(500);
  assertEquals(scene.fired, ["first", "second", "third"]);
});

Deno.test("TimerWheel lets half a second pass behind a stall before it fires", () => {
  using scene = new Scene();
  scene.schedule(3_000, "second");
  scene.schedule(1_000, "first");
  scene.schedule(500, "called off").cancel();
  scene.stall(60_000);
  scene.pass(400);
  assertEquals(scene.fired, []);
  scene.pass(100);
  assertEquals(scene.fired, ["first", "second"]);
});

Deno.test("TimerWheel fires under stalls that do not end", () => {
  using scene = new Scene();
  scene.schedule(1_000, "one");
  scene.stall(1_500);
  assertEquals(scene.fired, []);
  scene.stall(1_500);
  assertEquals(scene.fired, ["one"]);
});

Deno.test("TimerWheel fires what has no delay, or less, at the next tick", () => {
  using scene = new Scene();
  scene.schedule(0, "now");
  scene.schedule(-5_000, "long ago");
  assertEquals(scene.fired, []);
  scene.pass(100);
  assertEquals(scene.fired, ["now", "long ago"]);
});

Deno.test("TimerWheel does not fire what was called off, even in the same tick", () => {
  using scene = new Scene();
  const timers: { cancel(): void }[] = [];
  scene.schedule(500, "first", () => timers[0]?.cancel());
  timers.push(scene.schedule(500, "second"));
  scene.pass(1_000);
  assertEquals([scene.fired, scene.wheel.size], [["first"], 0]);
});

Deno.test("TimerWheel counts what has not fired, and calling off twice as once", () => {
  using scene = new Scene();
  const timer = scene.schedule(500, "one");
  scene.schedule(500, "two");
  assertEquals(scene.wheel.size, 2);
  timer.cancel();
  timer.cancel();
  assertEquals(scene.wheel.size, 1);
});

Deno.test("TimerWheel fires one callback as often as it was scheduled", () => {
  let count = 0;
  let now = 0;
  const wheel = new TimerWheel(() => now);
  const onTime = () => void (count += 1);
  wheel.schedule(500, onTime);
  wheel.schedule(500, onTime);
  assertEquals(wheel.size, 2);
  now = 500;
  wheel.turn();
  assertEquals([count, wheel.size], [2, 0]);
});

Deno.test("TimerWheel lets a callback schedule the next, which does not fire in the same turn", () => {
  using scene = new Scene();
  const again = () => void scene.schedule(1_000, "again");
  scene.schedule(1_000, "first", again);
  scene.pass(1_100);
  assertEquals([scene.fired, scene.wheel.size], [["first"], 1]);
  scene.pass(1_100);
  assertEquals([scene.fired, scene.wheel.size], [["first", "again"], 0]);
});

Deno.test("TimerWheel goes on after it was empty for a long time", () => {
  using scene = new Scene();
  scene.schedule(1_000, "before");
  scene.pass(1_100);
  scene.now += 86_400_000;
  scene.schedule(1_000, "after");
  scene.pass(900);
  assertEquals(scene.fired, ["before"]);
  scene.pass(200);
  assertEquals(scene.fired, ["before", "after"]);
});

Deno.test("TimerWheel takes a time further away than the runtime's timers can", () => {
  using scene = new Scene();
  scene.schedule(2 ** 40, "in 34 years");
  scene.pass(1_000);
  assertEquals([scene.fired, scene.wheel.size], [[], 1]);
});
