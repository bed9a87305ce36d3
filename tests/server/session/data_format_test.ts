import { assertEquals } from "@std/assert";
import type { PublicationDataFormat } from "../../../server/config/mod.ts";
import { Site } from "../http/site.ts";
import { StreamClient } from "../http/stream_client.ts";

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
