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
