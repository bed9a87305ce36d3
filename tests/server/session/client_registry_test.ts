import { assertEquals } from "@std/assert";
import { ClientRoom } from "./client_room.ts";

Deno.test("ClientRegistry counts clients and users", async () => {
  using room = new ClientRoom();
  const { clients } = room.environment;
  const peers = [await room.connectedAs("42"), await room.connectedAs("42")];
  await room.subscribed({ channel: "a" });
  await room.subscribed({ channel: "a" });
  assertEquals([clients.size, clients.users], [4, 2]);
  for (const { socket } of peers) socket.end();
  assertEquals([clients.size, clients.users], [2, 1]);
});

Deno.test("ClientRegistry finds a client by its id and by its user, while it is connected", async () => {
  using room = new ClientRoom();
  const { clients } = room.environment;
  const peer = await room.connectedAs("42");
  const [client] = clients.ofUser("42");
  assertEquals(clients.find(client?.id ?? "") === client, true);
  peer.socket.end();
  assertEquals([clients.ofUser("42"), clients.find(client?.id ?? "")], [[], undefined]);
});

Deno.test("ClientRegistry lets clients be ended while it is asked for them", async () => {
  using room = new ClientRoom();
  const { clients } = room.environment;
  for (const _ of "abc") await room.connectedAs("42");
  for (const { link } of clients.ofUser("42")) link.disconnect({ code: 3503, reason: "go" });
  assertEquals(clients.size, 0);
});
