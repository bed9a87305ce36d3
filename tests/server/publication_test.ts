import { assertEquals } from "@std/assert";
import { isChannelName, payloadSize } from "../../server/publication.ts";

const NAMES = [
  "a",
  "lobby",
  "chat:42",
  "a/b",
  "...",
  ".a",
  "a.",
  "!",
  "~",
  "%",
  "%20",
  "{}",
  "__proto__",
  "x".repeat(255),
];

const NO_NAMES = [
  "",
  ".",
  "..",
  " ",
  "a b",
  " a",
  "a ",
  "a\n",
  "\na",
  "a\nb",
  "\t",
  "\0",
  "\x7f",
  "\x1f",
  "ž",
  "a\u00a0",
  "😀",
  "x".repeat(256),
];

for (const name of NAMES) {
  Deno.test(`isChannelName takes ${JSON.stringify(name.slice(0, 20))}`, () => {
    assertEquals(isChannelName(name), true);
  });
}

for (const name of NO_NAMES) {
  Deno.test(`isChannelName refuses ${JSON.stringify(name.slice(0, 20))}`, () => {
    assertEquals(isChannelName(name), false);
  });
}

Deno.test("isChannelName takes every printable ASCII character and no other", () => {
  const taken = Array.from({ length: 256 }, (_, code) => code)
    .filter((code) => isChannelName(`x${String.fromCharCode(code)}`));
  assertEquals([taken[0], taken.at(-1), taken.length], [0x21, 0x7e, 94]);
});

Deno.test("payloadSize counts the bytes of a view and the characters of a text", () => {
  const bytes = new Uint8Array(100).subarray(10, 30);
  assertEquals(payloadSize({ kind: "binary", bytes }), 20);
  assertEquals(payloadSize({ kind: "text", text: "žluť" }), 4);
  assertEquals(payloadSize({ kind: "json", text: "[1]" }), 3);
  assertEquals(payloadSize({ kind: "text", text: "" }), 0);
});
