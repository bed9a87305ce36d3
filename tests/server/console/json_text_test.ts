import { assertEquals } from "@std/assert";
import { indentJson, jsonDepth, rawItems, rawMember } from "../../../server/console/json_text.js";

const TEXT =
  ' { "a" : {"b\\"c" : [1.0, "x,}]" , {"d":12345678901234567890}], "e":null} , "a2":true}';

Deno.test("rawMember cuts out a value as it is written", () => {
  assertEquals(rawMember(TEXT, ["a", 'b"c']), '[1.0, "x,}]" , {"d":12345678901234567890}]');
  assertEquals([rawMember(TEXT, ["a", "e"]), rawMember(TEXT, ["a2"])], ["null", "true"]);
  assertEquals([rawMember(TEXT, ["b"]), rawMember(TEXT, ["a2", "x"])], [undefined, undefined]);
  assertEquals(rawMember('{"a":1,"a":2}', ["a"]), "2");
  assertEquals(rawMember('{"__proto__":{"x":1}}', ["__proto__", "x"]), "1");
});

Deno.test("rawItems cuts an array into its items", () => {
  assertEquals(rawItems(' [ 1 , "a]" ,{"b":[2]},[ ] ] '), ["1", '"a]"', '{"b":[2]}', "[ ]"]);
  assertEquals(rawItems("[]"), []);
});

for (
  const value of [{}, [], { a: [] }, [1, [2, { b: "c: {,}" }]], "x", 1, null, { a: { b: {} } }]
) {
  Deno.test(`indentJson of ${JSON.stringify(value)} is what a parser would print`, () => {
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 3)]) {
      assertEquals(indentJson(text), JSON.stringify(value, null, 2));
    }
  });
}

Deno.test("jsonDepth counts brackets, but not those in strings", () => {
  assertEquals(['{"a":[[]]}', '"[[["', '["[\\"[",{}]', "1"].map(jsonDepth), [3, 0, 2, 0]);
});
