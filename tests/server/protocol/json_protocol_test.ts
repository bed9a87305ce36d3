import { assertEquals } from "@std/assert";
import { publicationJson } from "../../../server/protocol/mod.ts";
import type { Payload } from "../../../server/publication.ts";

function jsonOf(payload: Payload): string {
  return publicationJson({ offset: 7, time: 1_234, payload });
}

Deno.test("publicationJson puts JSON into the object as it came", () => {
  assertEquals(
    jsonOf({ kind: "json", text: '{"id": 12345678901234567890, "x": 1.0}' }),
    '{"offset":7,"time":1234,"data":{"id": 12345678901234567890, "x": 1.0}}',
  );
});

for (const text of ["plain", 'say "hi"', "line\nline", "\0\u2028", "</script>", "žluť 👩‍👩‍👧‍👦", ""]) {
  Deno.test(`publicationJson gives the text ${JSON.stringify(text)} back as a string`, () => {
    assertEquals(JSON.parse(jsonOf({ kind: "text", text })), {
      offset: 7,
      time: 1_234,
      data: text,
    });
  });
}

Deno.test("publicationJson gives bytes as base64", () => {
  const bytes = new Uint8Array([0, 255, 128]);
  const json = JSON.parse(jsonOf({ kind: "binary", bytes }));
  assertEquals(json, { offset: 7, time: 1_234, b64data: "AP+A" });
});
