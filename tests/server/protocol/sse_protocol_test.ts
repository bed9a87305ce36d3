import { assertEquals } from "@std/assert";
import {
  formatPosition,
  parsePosition,
  SSE_END,
  SSE_HEARTBEAT,
  SSE_PROTOCOL,
  sseBegin,
  sseReset,
} from "../../../server/protocol/mod.ts";
import type { Payload } from "../../../server/publication.ts";

const STREAM = { channel: "news", epoch: "epoch", hasHistory: true };

const decoder = new TextDecoder();

function event(payload: Payload): string {
  return decoder.decode(SSE_PROTOCOL.encode({ offset: 7, time: 0, payload }, STREAM));
}

/** What a browser makes of an event: WHATWG HTML 9.2.6. */
function dataOf(event: string): string | undefined {
  const lines = event.replace(/\n\n$/, "").split("\n").filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.replace(/^data: ?/, "")).join("\n");
}

Deno.test("SSE_PROTOCOL sends a publication with its position as id", () => {
  assertEquals(event({ kind: "text", text: "hello" }), "id: epoch:7\ndata: hello\n\n");
});

for (
  const text of ["", "\n", "a\nb", "a\n\nb\n", " leading", "data: x", ":comment", "id: 9", "\0"]
) {
  Deno.test(`SSE_PROTOCOL lets ${JSON.stringify(text)} arrive as it is`, () => {
    assertEquals(dataOf(event({ kind: "text", text })), text);
  });
}

for (const text of ["a\rb", "a\r\nb"]) {
  Deno.test(`SSE_PROTOCOL lets no line break end a field: ${JSON.stringify(text)}`, () => {
    assertEquals(dataOf(event({ kind: "text", text })), "a\nb");
    assertEquals(event({ kind: "json", text }).includes("\r"), false);
  });
}

Deno.test("SSE_PROTOCOL sends bytes as base64 under a name of their own", () => {
  const bytes = new Uint8Array([0, 255, 128]);
  assertEquals(
    event({ kind: "binary", bytes }),
    "id: epoch:7\nevent: binary\ndata: AP+A\n\n",
  );
});

Deno.test("sseBegin tells the position and how soon to come back", () => {
  const text = decoder.decode(sseBegin({ epoch: "epoch", offset: 3 }));
  assertEquals(text, "retry: 1000\nid: epoch:3\n\n");
});

Deno.test("sseReset tells the new position as an event", () => {
  const text = decoder.decode(sseReset({ epoch: "epoch", offset: 3 }));
  const data = '{"epoch":"epoch","offset":3}';
  assertEquals(text, `retry: 1000\nid: epoch:3\nevent: reset\ndata: ${data}\n\n`);
});

Deno.test("SSE_END and SSE_HEARTBEAT are no events", () => {
  assertEquals(decoder.decode(SSE_END), "retry: 250\n\n");
  assertEquals(decoder.decode(SSE_HEARTBEAT), ":\n\n");
});

Deno.test("parsePosition reads what formatPosition writes", () => {
  for (const position of [{ epoch: "3f2a-b_9", offset: 0 }, { epoch: "e", offset: 999_999_999 }]) {
    assertEquals(parsePosition(formatPosition(position)), position);
  }
});

for (const id of ["", "5", ":5", "e:", "e:-1", "e:1.5", "e:x", "e:1:2", "e :1", "ž:1", "e:1\n"]) {
  Deno.test(`parsePosition refuses ${JSON.stringify(id)}`, () => {
    assertEquals(parsePosition(id), undefined);
  });
}
