import { assertEquals, assertStrictEquals } from "@std/assert";
import { decodePlainFrame, PLAIN_PROTOCOL } from "../../../server/protocol/mod.ts";
import type { Payload } from "../../../server/publication.ts";

const STREAM = { channel: "news", epoch: "epoch", hasHistory: true };

function encode(payload: Payload): unknown {
  return PLAIN_PROTOCOL.encode({ offset: 1, time: 0, payload }, STREAM);
}

Deno.test("PLAIN_PROTOCOL sends text and JSON as text, to the letter", () => {
  assertEquals(encode({ kind: "text", text: "žluť\n" }), "žluť\n");
  assertEquals(encode({ kind: "json", text: '{"a": 1.0}' }), '{"a": 1.0}');
});

Deno.test("PLAIN_PROTOCOL sends bytes as they are, without a copy", () => {
  const bytes = new Uint8Array([0, 255]);
  assertStrictEquals(encode({ kind: "binary", bytes }), bytes);
});

Deno.test("decodePlainFrame takes text for text, also when it would be JSON", () => {
  assertEquals(decodePlainFrame('{"a":1}'), { kind: "text", text: '{"a":1}' });
  assertEquals(decodePlainFrame(""), { kind: "text", text: "" });
});

Deno.test("decodePlainFrame takes a binary frame for its bytes", () => {
  const bytes = new Uint8Array([0, 1, 255]);
  assertEquals(decodePlainFrame(bytes.buffer), { kind: "binary", bytes });
});
