import { assertEquals } from "@std/assert";
import { errorMessage } from "../../../scripts/check/error_message.ts";
import { sentences } from "./sentences.ts";

function throwing(message: string, path = "server/a.ts"): string[] {
  return sentences(errorMessage, path, `throw new RangeError(${message});`);
}

Deno.test("errorMessage accepts the one form, in every kind of literal", () => {
  assertEquals(throwing('"Cannot open the log"'), []);
  assertEquals(throwing('`Cannot wait as "ms" must be positive: current value is ${ms}`'), []);
  assertEquals(throwing('"Cannot wait " + `as ${name} is` + reason'), []);
});

Deno.test("errorMessage refuses another beginning, a full stop and a contraction", () => {
  assertEquals(throwing('"Invalid port"'), [
    `1: an error message starts with "Cannot <do what>"`,
  ]);
  assertEquals(throwing("`${name} is wrong`"), [
    `1: an error message starts with "Cannot <do what>"`,
  ]);
  assertEquals(throwing('"Cannot open the log."'), [
    "1: an error message ends without a full stop",
  ]);
  assertEquals(throwing(`"Cannot open as it isn't there"`), [
    "1: an error message has no contraction",
  ]);
});

Deno.test("errorMessage looks at TypeError and RangeError with a literal outside tests only", () => {
  assertEquals(throwing("message"), []);
  assertEquals(throwing('"no"', "tests/a.ts"), []);
  assertEquals(sentences(errorMessage, "server/a.ts", `throw new Closed("gone.");`), []);
});
