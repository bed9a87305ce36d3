import { assertEquals } from "@std/assert";
import {
  protobufSubscription,
  takeProtobufPushes,
} from "../../../scripts/bench/clients/protobuf_pushes.ts";
import type { CentrifugeCodec, Reply } from "../../../server/protocol/mod.ts";
import { loadProtobufCodec } from "../../../server/protocol/mod.ts";

function heardIn(codec: CentrifugeCodec, replies: readonly Reply[]): (number | "ping")[] {
  const bytes = codec.join(replies.map((reply) => codec.encode(reply))) as Uint8Array;
  const heard: (number | "ping")[] = [];
  takeProtobufPushes(
    { opcode: 2, bytes, start: 0, end: bytes.length },
    (offset) => heard.push(offset),
    () => heard.push("ping"),
  );
  return heard;
}

function push(offset: number): Reply {
  const data = { kind: "text", text: "x".repeat(300) } as const;
  const info = { user: "42", client: "a" };
  return { kind: "push", channel: "a", push: "pub", body: { data, info, offset } };
}

Deno.test("takeProtobufPushes tells the offsets that the server's codec wrote, and pings", async () => {
  const codec = await loadProtobufCodec();
  const result: Reply = { kind: "result", id: 2, method: "publish", result: {} };
  const replies = [push(1), result, { kind: "ping" }, push(127), push(128), push(5e9)] as const;
  assertEquals(heardIn(codec, replies), [1, "ping", 127, 128, 5e9]);
});

Deno.test("protobufSubscription is a connect and a subscribe to the server's codec", async () => {
  const codec = await loadProtobufCodec();
  const { kind, commands } = codec.decode(protobufSubscription("fanout-0"));
  assertEquals([kind, ...commands.map(({ method, id }) => `${method} ${id}`)], [
    "commands",
    "connect 1",
    "subscribe 2",
  ]);
});
