import { assertEquals, assertLess } from "@std/assert";
import type { Payload } from "../../../server/publication.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import { upTo } from "../hub/recorder.ts";
import { ownText } from "../../../server/protocol/own_text.ts";

const MIB = 1_048_576;
const COUNT = 5_000;

Deno.test("ownText gives the same text, of its own or not", () => {
  const parts = ["", "a", "é", "漢字", "👋", "\0", "\ufeffbom", "x".repeat(1_000)];
  for (const part of parts) {
    for (const whole of [part, `${part}${"y".repeat(5_000)}`]) {
      assertEquals(ownText(whole.slice(0, part.length), whole), part);
    }
  }
});

/** The payload of a publish command, in a frame that is as large as a frame may be. */
function payloadIn(frame: string): Payload | undefined {
  // As over a socket: a text in one piece.
  const text = new TextDecoder().decode(new TextEncoder().encode(frame));
  const command = CENTRIFUGE_JSON.decode(text).commands.at(-1);
  return command?.method === "publish" ? command.params.data : undefined;
}

const FRAMES: readonly ((n: number, filling: string) => string)[] = [
  (n, filling) => `{"id":1,"publish":{"channel":"a","x":"${filling}","data":{"number":${n}}}}`,
  (n, filling) =>
    `{"id":1,"rpc":{"method":"${filling}"}}\n` +
    `{"id":2,"publish":{"channel":"a","data":{"number":${n}}}}`,
];

Deno.test("CENTRIFUGE_JSON.decode keeps no frame for a small payload beside something large", () => {
  const before = Deno.memoryUsage().heapUsed;
  const kept = FRAMES.map((frame) =>
    upTo(COUNT).map((n) => payloadIn(frame(n, `${n}`.padStart(60_000, "x"))))
  );
  const grown = Deno.memoryUsage().heapUsed - before;
  for (const payloads of kept) {
    assertEquals(payloads.at(-1), { kind: "json", text: `{"number":${COUNT}}` });
  }
  // The frames of either kind are 286 MiB.
  assertLess(grown, 150 * MIB);
});
