import { assertEquals } from "@std/assert";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import { ClientRoom } from "./client_room.ts";

Deno.test("ClientSession reads no frame of a client that has broken the protocol", async () => {
  using room = new ClientRoom({ client: { isInsecure: true } });
  let read = 0;
  const codec = {
    ...CENTRIFUGE_JSON,
    decode: (data: string | Uint8Array<ArrayBuffer>) => {
      read += 1;
      return CENTRIFUGE_JSON.decode(data);
    },
  };
  const peer = room.open({ codec });
  await peer.ask({ connect: {} });
  peer.socket.receive("nonsense");
  for (let count = 0; count < 10; count += 1) peer.socket.receive('{"id":2,"rpc":{}}');
  assertEquals(await peer.news(), ["close 3501 bad request"]);
  assertEquals(read, 2);
  assertEquals(room.registry.counts, { received: 12, receivedWhileClosing: 10 });
});

Deno.test("ClientSession carries out so many commands of a frame, and closes for the next", async () => {
  using room = new ClientRoom({ client: { isInsecure: true, frameCommandLimit: 3 } });
  const peer = room.open();
  const publish = { publish: { channel: "a", data: 1 } };
  const exact = await peer.ask({ connect: {} }, publish, publish);
  assertEquals(exact.length, 3);
  const news = await peer.ask(publish, publish, publish, publish, publish);
  assertEquals(news, ["close 3013 too many requests"]);
  await peer.ask(publish);
  const { top } = await room.log.read("a", { limit: 1 });
  assertEquals(top.offset, 5);
});
