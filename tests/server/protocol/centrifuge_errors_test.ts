import { assert, assertEquals, assertThrows } from "@std/assert";
import { CLIENT_DISCONNECTS, COMMAND_ERRORS, UNSUBSCRIBES } from "../../../server/protocol/mod.ts";

const DISCONNECTS = Object.values(CLIENT_DISCONNECTS);

for (
  const [name, rows] of [
    ["COMMAND_ERRORS", Object.values(COMMAND_ERRORS)],
    ["CLIENT_DISCONNECTS", DISCONNECTS],
    ["UNSUBSCRIBES", Object.values(UNSUBSCRIBES)],
  ] as const
) {
  Deno.test(`${name} gives no code twice`, () => {
    const codes = rows.map(({ code }) => code);
    assertEquals(codes.length, new Set(codes).size);
  });
}

for (const { code, reason } of [...DISCONNECTS, ...Object.values(UNSUBSCRIBES)]) {
  Deno.test(`CLIENT_DISCONNECTS and UNSUBSCRIBES tell of ${code} what is no advice to old clients`, () => {
    assert(reason.length > 0);
    assertThrows(() => JSON.parse(reason));
    assert(new TextEncoder().encode(reason).byteLength <= 123, "RFC 6455 5.5");
  });
}

Deno.test("CLIENT_DISCONNECTS are codes that clients know how to read", () => {
  const own = DISCONNECTS.filter(({ code }) => code < 3_000 || code > 3_999);
  assertEquals(own.map(({ code }) => code), [1009]);
});

Deno.test("UNSUBSCRIBES from 2500 on ask the client to subscribe again", () => {
  const { server, insufficientState, expired } = UNSUBSCRIBES;
  assertEquals([server, insufficientState, expired].map(({ code }) => code), [2000, 2500, 2501]);
});

Deno.test("COMMAND_ERRORS are temporary where the same command may succeed later", () => {
  const temporary = Object.values(COMMAND_ERRORS).filter((row) => "temporary" in row);
  assertEquals(temporary.map(({ code }) => code), [100, 111]);
});
