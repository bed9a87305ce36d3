import { assertEquals } from "@std/assert";
import {
  closePayload,
  concatBytes,
  encodeFrame,
  type Frame,
  FrameParser,
  OPCODE,
  readClose,
  textOf,
} from "./frames.ts";

function parse(chunks: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  const parser = new FrameParser();
  for (const chunk of chunks) parser.push(chunk, (frame) => frames.push(frame));
  return frames;
}

Deno.test("FrameParser reads what encodeFrame wrote at every length form", () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
    for (const isMasked of [true, false]) {
      const text = "x".repeat(length);
      const [frame] = parse([encodeFrame(OPCODE.text, text, { isMasked })]);
      assertEquals(textOf(frame!), text);
    }
  }
});

Deno.test("FrameParser puts frames together from single bytes", () => {
  const bytes = concatBytes([
    encodeFrame(OPCODE.text, "one", { isFinal: false }),
    encodeFrame(OPCODE.continuation, "two"),
    encodeFrame(OPCODE.close, closePayload(1001, "server stopping")),
  ]);
  const frames = parse([...bytes].map((byte) => new Uint8Array([byte])));
  assertEquals(frames.map((frame) => frame.opcode), [1, 0, 8]);
  assertEquals(frames.map((frame) => frame.isFinal), [false, true, true]);
  assertEquals(readClose(frames[2]!.payload), { code: 1001, reason: "server stopping" });
});

Deno.test("readClose tells an empty Close from one with a code", () => {
  assertEquals(readClose(new Uint8Array(0)), { code: null, reason: "" });
});

Deno.test("encodeFrame sets the reserved bits and nothing else when asked", () => {
  assertEquals(encodeFrame(OPCODE.text, "", { reserved: 4 })[0], 0xc1);
});
