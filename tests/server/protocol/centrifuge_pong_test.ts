import { assertEquals } from "@std/assert";
import { CENTRIFUGE_JSON, loadProtobufCodec } from "../../../server/protocol/mod.ts";
import { officialFrame } from "./official_codec.ts";

const PONG = { method: "pong", id: 0 } as const;
const PROTOBUF = await loadProtobufCodec();

const FRAMES = {
  "CENTRIFUGE_JSON": {
    decode: () => CENTRIFUGE_JSON.decode("{}\n".repeat(21_845)),
    between: () => CENTRIFUGE_JSON.decode('{}\n{"id":1,"rpc":{}}\n{}\n{"id":2,"rpc":{}}'),
  },
  "loadProtobufCodec": {
    decode: () => PROTOBUF.decode(new Uint8Array(65_536)),
    between: () => PROTOBUF.decode(officialFrame({}, { id: 1, rpc: {} }, {}, { id: 2, rpc: {} })),
  },
};

for (const [name, { decode, between }] of Object.entries(FRAMES)) {
  Deno.test(`${name} reads one pong in a frame of nothing else`, () => {
    assertEquals(decode(), { kind: "malformed", commands: [PONG] });
  });

  Deno.test(`${name} reads a frame up to its second pong`, () => {
    const { kind, commands } = between();
    assertEquals([kind, commands.map(({ id }) => id)], ["malformed", [0, 1]]);
  });
}
