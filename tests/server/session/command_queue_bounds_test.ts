import { assertEquals } from "@std/assert";
import type { Command } from "../../../server/protocol/mod.ts";
import { CommandQueue } from "../../../server/session/command_queue.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { upTo } from "../hub/recorder.ts";

const MIB = 1_048_576;

/** A queue of numbered commands, of which the first one takes until `release`. */
function heldQueue() {
  const gate = Promise.withResolvers<void>();
  const done: number[] = [];
  let fullCount = 0;
  const queue = new CommandQueue({
    run: (command) => {
      if (typeof command !== "string" && "id" in command) done.push(command.id);
      if (done.length === 1) return gate.promise;
    },
    onFull: () => fullCount += 1,
  });
  const add = (id: number, bytes: number) => {
    const command: Command = { method: "send", id, params: {} };
    queue.add(command, bytes);
  };
  return { queue, add, done, release: gate.resolve, fullCount: () => fullCount };
}

Deno.test("CommandQueue carries out what waits, in its order, and is idle then", async () => {
  const { queue, add, done, release } = heldQueue();
  let isIdle = false;
  for (const id of upTo(1_000)) add(id, 1);
  queue.whenIdle(() => isIdle = true);
  assertEquals([done, isIdle], [[1], false]);
  release();
  await turns(2);
  assertEquals([done, isIdle], [upTo(1_000), true]);
});

for (
  const { what, bytes, fits } of [
    { what: "commands", bytes: 1, fits: 10_000 },
    { what: "bytes", bytes: MIB / 4, fits: 16 },
  ]
) {
  Deno.test(`CommandQueue bounds the ${what} that wait, and carries those out`, async () => {
    const { add, done, release, fullCount } = heldQueue();
    for (const id of upTo(fits + 10)) add(id, bytes);
    assertEquals(fullCount(), 1);
    release();
    await turns(2);
    assertEquals(done, upTo(fits + 1));
    add(0, 1);
    assertEquals(done.length, fits + 1);
  });
}

Deno.test("CommandQueue waits again for each command that takes time", async () => {
  const done: number[] = [];
  const queue = new CommandQueue({
    run: async (command) => {
      await Promise.resolve();
      if (typeof command !== "string" && "id" in command) done.push(command.id);
    },
    onFull: () => {},
  });
  for (const id of upTo(100)) queue.add({ method: "send", id, params: {} }, 65_536);
  await turns(2);
  assertEquals(done, upTo(65));
});
