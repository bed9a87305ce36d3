import { assertEquals } from "@std/assert";
import type { Command } from "../../../server/protocol/mod.ts";
import type { QueuedCommand } from "../../../server/session/command_queue.ts";
import { CommandQueue } from "../../../server/session/command_queue.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { upTo } from "../hub/recorder.ts";

/** A queue of which every command with an even id takes time. */
class Scene {
  readonly done: number[] = [];
  fullCount = 0;
  gate = Promise.withResolvers<void>();
  readonly queue = new CommandQueue({
    run: (command) => this.#run(command),
    onFull: () => void (this.fullCount += 1),
  });

  add(...ids: readonly number[]): void {
    for (const id of ids) this.queue.add({ method: "ping", id, params: {} }, 1);
  }

  #run(command: QueuedCommand): void | Promise<void> {
    const { id } = command as Command;
    this.done.push(id);
    if (id % 2 === 0) return this.gate.promise;
  }
}

Deno.test("CommandQueue carries out at once what nothing is waited for before", () => {
  const scene = new Scene();
  scene.add(1, 3, 5);
  assertEquals(scene.done, [1, 3, 5]);
});

Deno.test("CommandQueue keeps the order behind a command that takes time", async () => {
  const scene = new Scene();
  scene.add(1, 2, 3, 4, 5);
  assertEquals(scene.done, [1, 2]);
  scene.gate.resolve();
  await turns();
  assertEquals(scene.done, [1, 2, 3, 4, 5]);
});

Deno.test("CommandQueue takes in behind what waits what comes while it waits", async () => {
  const scene = new Scene();
  scene.add(2, 3, 4, 5);
  const first = scene.gate;
  scene.gate = Promise.withResolvers();
  first.resolve();
  await turns();
  assertEquals(scene.done, [2, 3, 4]);
  scene.add(7);
  scene.gate.resolve();
  await turns();
  assertEquals(scene.done, [2, 3, 4, 5, 7]);
});

Deno.test("CommandQueue.whenIdle tells at once when there is nothing to do", () => {
  const scene = new Scene();
  scene.add(1);
  scene.queue.whenIdle(() => scene.done.push(0));
  assertEquals(scene.done, [1, 0]);
});

Deno.test("CommandQueue.whenIdle tells once everything is dealt with, and only once", async () => {
  const scene = new Scene();
  scene.add(2, 3, 4, 5);
  scene.queue.whenIdle(() => scene.done.push(0));
  scene.gate.resolve();
  await turns();
  scene.add(6);
  await turns();
  assertEquals(scene.done, [2, 3, 4, 5, 0, 6]);
});

Deno.test("CommandQueue carries out what waits when it is full, and nothing that comes later", async () => {
  const scene = new Scene();
  const odd = upTo(10_000).map((each) => 2 * each + 1);
  scene.add(2, ...odd);
  assertEquals(scene.fullCount, 0);
  scene.add(30_001, 30_003);
  assertEquals(scene.fullCount, 1);
  scene.gate.resolve();
  await turns();
  scene.add(30_005);
  assertEquals(scene.done, [2, ...odd]);
});
