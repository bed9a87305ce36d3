import { assertEquals } from "@std/assert";
import type { DrainProgress } from "../../lifecycle/mod.ts";
import { Deadline, Drain } from "../../lifecycle/mod.ts";
import { turns } from "./fake_clock.ts";
import { FakeConnections } from "./fake_connections.ts";

function begin(connections: FakeConnections): DrainProgress[] {
  const told: DrainProgress[] = [];
  const deadline = new Deadline(10_000);
  const drain = new Drain({
    windowMs: 0,
    deadline,
    flushDeadline: deadline,
    onProgress: (progress) => told.push(progress),
  });
  drain.run(connections);
  return told;
}

function leaveAll(connections: FakeConnections): void {
  for (const connection of connections.connections) connection.leave("clean");
}

Deno.test("Drain tells its progress at most once per turn of the event loop", async () => {
  const connections = new FakeConnections(100);
  const told = begin(connections);
  await turns();
  for (const connection of connections.connections.slice(0, 99)) connection.leave("clean");
  assertEquals(told, []);
  await turns();
  assertEquals(told, [{ clients: 100, closedCleanly: 99, terminated: 0 }]);
  leaveAll(connections);
  await turns();
});

Deno.test("Drain tells its progress again when the numbers change again", async () => {
  const connections = new FakeConnections(2);
  const told = begin(connections);
  await turns();
  connections.connections[0]?.leave("terminated");
  await turns();
  connections.connections[1]?.leave("clean");
  await turns();
  assertEquals(told.map(({ closedCleanly, terminated }) => [closedCleanly, terminated]), [
    [0, 1],
    [1, 1],
  ]);
});

Deno.test("Drain tells nothing while the numbers stand", async () => {
  const connections = new FakeConnections(1);
  const told = begin(connections);
  await turns(20);
  assertEquals(told, []);
  leaveAll(connections);
  await turns();
});
