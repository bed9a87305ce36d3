import { assert, assertEquals } from "@std/assert";
import { NodeGroup } from "./node_group.ts";

Deno.test("Cluster.info tells of every node that lives", async () => {
  await using group = await NodeGroup.of("a", "b", "c");
  const { value, missing } = await group.nodes[0]!.cluster.info();
  assertEquals(value.map(({ uid }) => uid).sort(), ["a", "b", "c"]);
  assertEquals(missing, []);
});

Deno.test("Cluster notices a node that says goodbye with the next beat", async () => {
  await using group = await NodeGroup.of("a", "b");
  await group.nodes[1]!.cluster.stop();
  await group.pass(3_500);
  assertEquals(group.nodes[0]!.events, ["b gone"]);
});

Deno.test("Cluster takes a node for gone that has missed three beats, not one", async () => {
  await using group = await NodeGroup.of("a", "b");
  group.place.cut("b");
  await group.pass(6_000);
  assertEquals(group.nodes[0]!.events, []);
  await group.pass(8_000);
  assertEquals(group.nodes[0]!.events, ["b gone"]);
});

Deno.test("Cluster says that it is cut off, serves its own, and names whom an answer lacks", async () => {
  await using group = await NodeGroup.of("a", "b");
  const { cluster, events } = group.nodes[0]!;
  group.nodes[0]!.inUse = { news: 1 };
  group.place.cut("a");
  await group.pass(4_000);
  assert(cluster.isCutOff);
  assertEquals((await cluster.info()).missing, ["b"]);
  assertEquals(await cluster.channels(""), { value: { news: 1 }, missing: ["b"] });
  assertEquals(await cluster.tell("disconnect", "{}"), false);
  assertEquals(await cluster.emulate("b", "stream", "data"), "unanswered");
  group.place.heal("a");
  await group.pass(4_000);
  assertEquals(events, ["cut off", "restored"]);
});

Deno.test("Cluster.channels sums up what all nodes have", async () => {
  await using group = await NodeGroup.of("a", "b", "c");
  for (const [index, node] of group.nodes.entries()) node.inUse = { all: 1, [node.uid]: index };
  const { value } = await group.nodes[2]!.cluster.channels("");
  assertEquals(value, { all: 3, a: 0, b: 1, c: 2 });
  assertEquals(await group.nodes[2]!.cluster.channels("none"), { value: {}, missing: [] });
});

Deno.test("Cluster.channels names a node that does not answer in time", async () => {
  await using group = await NodeGroup.of("a", "b");
  group.nodes[0]!.inUse = { all: 1 };
  group.place.bus("b").subscribe("node:b", () => {});
  const asked = group.nodes[0]!.cluster.channels("");
  await group.pass(4_000);
  assertEquals(await asked, { value: { all: 1 }, missing: ["b"] });
});

Deno.test("Cluster.tell has every other node carry out a call, and not itself", async () => {
  await using group = await NodeGroup.of("a", "b", "c");
  assert(await group.nodes[0]!.cluster.tell("disconnect", '{"user":"1"}'));
  await group.settle();
  assertEquals(group.nodes.map(({ calls }) => calls), [
    ...[[], ['disconnect {"user":"1"}'], ['disconnect {"user":"1"}']],
  ]);
});

Deno.test("Cluster.emulate hands text and bytes to the node that holds the stream", async () => {
  await using group = await NodeGroup.of("a", "b");
  const [a, b] = [group.nodes[0]!, group.nodes[1]!];
  const bytes = Uint8Array.of(0, 255, 10);
  assertEquals(await a.cluster.emulate("b", "s", '{"id":1}\n{}'), "taken");
  assertEquals(await a.cluster.emulate("b", "s", bytes), "taken");
  assertEquals(b.emulated, [["s", '{"id":1}\n{}'], ["s", bytes]]);
  b.takesEmulation = false;
  assertEquals(await a.cluster.emulate("b", "s", "late"), "refused");
});

Deno.test("Cluster.emulate knows at once a node that has just come, and none that there is not", async () => {
  await using group = await NodeGroup.of("a", "b");
  assertEquals(await group.nodes[0]!.cluster.emulate("nobody", "s", ""), "unknown");
  // It listens to nothing any more, but its last beat still counts.
  group.place.bus("b").unsubscribe("node:b");
  assertEquals(await group.nodes[0]!.cluster.emulate("b", "s", ""), "unknown");
});

Deno.test("Cluster does not mind messages that are none, or of a later version", async () => {
  await using group = await NodeGroup.of("a", "b");
  const bus = group.place.bus("b");
  for (const text of ["", "null", "[]", '{"kind":"call","from":"b"}', '{"kind":"toString"}']) {
    await bus.publish("all", text);
  }
  await bus.publish("node:a", '{"kind":"ask","from":"b","id":1,"method":"later","body":""}');
  await bus.publish("node:a", '{"kind":"answer","from":"b","id":99,"body":""}');
  await group.settle();
  assertEquals(group.nodes[0]!.calls, []);
  assertEquals(group.nodes[0]!.errors, []);
});
