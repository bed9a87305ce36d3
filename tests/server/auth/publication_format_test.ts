import { assertEquals } from "@std/assert";
import { isOfFormat } from "../../../server/auth/mod.ts";
import { OPEN_CHANNEL, type PublicationDataFormat } from "../../../server/config/mod.ts";
import type { Payload } from "../../../server/publication.ts";

const PAYLOADS: Readonly<Record<string, Payload>> = {
  "an object": { kind: "json", text: ' {"a":1}' },
  "a list": { kind: "json", text: "[{}]" },
  "a text of JSON": { kind: "json", text: '""' },
  "text": { kind: "text", text: '{"a":1}' },
  "bytes": { kind: "binary", bytes: new Uint8Array([0x7b, 0x7d]) },
  "no text": { kind: "text", text: "" },
  "no bytes": { kind: "binary", bytes: new Uint8Array() },
};

const JSON_PAYLOADS = ["an object", "a list", "a text of JSON"];

const TAKEN: Readonly<Record<PublicationDataFormat, readonly string[]>> = {
  "": [...JSON_PAYLOADS, "text", "bytes"],
  json: JSON_PAYLOADS,
  json_object: ["an object"],
  binary: Object.keys(PAYLOADS),
};

for (const [format, taken] of Object.entries(TAKEN)) {
  Deno.test(`isOfFormat "${format}" takes ${taken.join(", ")}`, () => {
    const publicationDataFormat = format as PublicationDataFormat;
    const options = { ...OPEN_CHANNEL, publicationDataFormat };
    const found = Object.entries(PAYLOADS).filter(([, payload]) => isOfFormat(payload, options));
    assertEquals(found.map(([name]) => name), [...taken]);
  });
}
