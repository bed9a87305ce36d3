import { assertEquals } from "@std/assert";
import { OPEN_CHANNEL, type PublicationDataFormat } from "../../../server/config/mod.ts";
import { handedOut } from "../hub/recorder.ts";
import { Site } from "../http/site.ts";
import { StreamClient } from "../http/stream_client.ts";
import { Room } from "./fake_socket.ts";

const OPTIONS = { ...OPEN_CHANNEL, publicationDataFormat: "json" } as const;

Deno.test("Session lets go who publishes data of a wrong format, and publishes nothing", async () => {
  using room = new Room();
  const reader = room.open();
  const sender = room.open({ options: OPTIONS, isInsecure: false });
  sender.receive("text");
  sender.receive("more of it");
  await handedOut();
  assertEquals([sender.wire, reader.wire], [["close 1008 not allowed"], []]);
});

Deno.test("Session publishes nothing that comes behind what may not be published", async () => {
  using room = new Room();
  const reader = room.open();
  const sender = room.open({ isInsecure: false });
  for (const frame of ["good", "", "good in itself"]) sender.receive(frame);
  await handedOut();
  assertEquals([sender.wire, reader.wire], [["close 1008 not allowed"], ["good"]]);
});

Deno.test("Session publishes data of any format for who may do everything", async () => {
  using room = new Room();
  const reader = room.open();
  const sender = room.open({ options: OPTIONS, isInsecure: true });
  sender.receive("text");
  await handedOut();
  assertEquals([sender.wire, reader.wire], [[], ["text"]]);
});

const EMPTY: Readonly<Record<PublicationDataFormat, boolean>> = {
  "": false,
  json: false,
  json_object: false,
  binary: true,
};

for (const [format, isTaken] of Object.entries(EMPTY)) {
  Deno.test(`publish without data is taken in channels of "${format}": ${isTaken}`, async () => {
    const publicationDataFormat = format as PublicationDataFormat;
    const site = new Site({ settings: { channel: { publicationDataFormat } } });
    await using client = await StreamClient.open(site);
    const reply = await client.ask("publish", { channel: "a" });
    const refused = { error: { code: 107, message: "bad request" } };
    assertEquals(reply, isTaken ? { publish: {} } : refused);
    const { publications } = await site.log.read("a", { limit: 10 });
    const empty = { kind: "binary", bytes: new Uint8Array() } as const;
    assertEquals(publications.map(({ payload }) => payload), isTaken ? [empty] : []);
  });
}
