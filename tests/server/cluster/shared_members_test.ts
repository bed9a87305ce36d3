import { assertEquals, assertLess } from "@std/assert";
import { NodeGroup } from "./node_group.ts";

Deno.test("SharedMembers shows the clients of all nodes, and counts them", async () => {
  await using group = await NodeGroup.of("a", "b", "c");
  for (const node of group.nodes) node.join("news", `client of ${node.uid}`);
  group.nodes[1]!.join("news", "second");
  await group.settle();
  for (const node of group.nodes) {
    const clients = ["client of a", "client of b", "client of c", "second"];
    assertEquals(await node.present("news"), clients);
    assertEquals(await node.cluster.members.stats("news"), { clients: 4, users: 4 });
  }
});

Deno.test("SharedMembers counts a user with clients on two nodes once", async () => {
  await using group = await NodeGroup.of("a", "b");
  for (const { cluster: { members }, uid } of group.nodes) {
    const info = { client: uid, user: "42" };
    const flags = { presence: true, joinLeave: false, wantsNotices: false };
    members.join({ channel: "news", info, ...flags });
  }
  await group.settle();
  assertEquals(await group.nodes[0]!.cluster.members.stats("news"), { clients: 2, users: 1 });
});

Deno.test("SharedMembers forgets who leaves, also when everybody on a node does", async () => {
  await using group = await NodeGroup.of("a", "b");
  const [first, second] = ["1", "2"].map((client) => group.nodes[0]!.join("news", client));
  await group.settle();
  group.nodes[0]!.leave(first!);
  await group.settle();
  assertEquals(await group.nodes[1]!.present("news"), ["2"]);
  group.nodes[0]!.leave(second!, true);
  await group.settle();
  assertEquals(await group.nodes[1]!.present("news"), []);
});

Deno.test("SharedMembers does not show the clients of a node that died", async () => {
  await using group = await NodeGroup.of("a", "b");
  group.nodes[0]!.join("news", "1");
  await group.settle();
  group.place.cut("a");
  await group.pass(14_000);
  assertEquals(await group.nodes[1]!.present("news"), []);
});

Deno.test("SharedMembers keeps up who stays, with one command for a channel", async () => {
  await using group = await NodeGroup.of("a", "b");
  for (let client = 0; client < 100; client += 1) group.nodes[0]!.join("news", `${client}`);
  await group.settle();
  const { writes } = group.place;
  await group.pass(150_000);
  assertEquals((await group.nodes[1]!.present("news")).length, 100);
  assertEquals(group.place.writes, writes);
  assertLess(group.place.kept, 8);
});

Deno.test("SharedMembers writes anew what the store has forgotten", async () => {
  await using group = await NodeGroup.of("a", "b");
  group.nodes[0]!.join("news", "1");
  await group.settle();
  group.place.forget();
  await group.pass(30_000);
  assertEquals(await group.nodes[1]!.present("news"), ["1"]);
});

Deno.test("SharedMembers shows its own when it is cut off, and makes up for it behind", async () => {
  await using group = await NodeGroup.of("a", "b");
  const [a, b] = [group.nodes[0]!, group.nodes[1]!];
  const left = a.join("news", "left");
  a.join("news", "stayed");
  b.join("news", "other");
  await group.settle();
  group.place.cut("a");
  await group.pass(4_000);
  a.leave(left);
  a.join("news", "new");
  a.join("other", "elsewhere");
  await group.settle();
  assertEquals(await a.present("news"), ["new", "stayed"]);
  group.place.heal("a");
  await group.pass(5_000);
  for (const node of [a, b]) {
    assertEquals(await node.present("news"), ["new", "other", "stayed"]);
    assertEquals(await node.present("other"), ["elsewhere"]);
  }
});

Deno.test("SharedMembers tells other nodes who comes and goes, where somebody wants to know", async () => {
  await using group = await NodeGroup.of("a", "b", "c");
  const [a, b, c] = [group.nodes[0]!, group.nodes[1]!, group.nodes[2]!];
  const listener = b.join("news", "listener");
  c.join("news", "deaf", { wantsNotices: false });
  await group.settle();
  b.notices.length = 0;
  const membership = a.join("news", "1", { wantsNotices: false });
  a.join("other", "2", { wantsNotices: false });
  a.leave(membership, true);
  await group.settle();
  assertEquals(b.notices, ["join news 1", "leave news 1"]);
  assertEquals(c.notices, []);
  b.leave(listener);
  assertEquals(group.place.listeners("notices:news"), 0);
});

Deno.test("SharedMembers says nothing where the channel's options do not say so", async () => {
  await using group = await NodeGroup.of("a", "b");
  group.nodes[1]!.join("news", "listener");
  group.nodes[0]!.join("news", "1", { joinLeave: false, presence: false });
  await group.settle();
  assertEquals(group.nodes[1]!.notices, []);
  assertEquals(await group.nodes[1]!.present("news"), ["listener"]);
});

Deno.test("SharedMembers writes anew at once after a loss too short for a beat to notice", async () => {
  await using group = await NodeGroup.of("a", "b");
  group.nodes[0]!.join("news", "1");
  await group.settle();
  group.place.forgetPresent();
  for (const tell of group.place.onReturn) tell();
  await group.settle();
  assertEquals(await group.nodes[1]!.present("news"), ["1"]);
  assertEquals(group.nodes[0]!.events, []);
});
