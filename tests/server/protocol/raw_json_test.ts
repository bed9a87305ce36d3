import { assertEquals } from "@std/assert";
import { rawItems, rawValue } from "../../../server/protocol/mod.ts";

for (
  const [json, path, value] of [
    ['{"a":1.0}', ["a"], "1.0"],
    ['{"a": {"b" : [1, 2 ] , "c":3}}', ["a", "b"], "[1, 2 ]"],
    ['{"a":"x,}\\"","b":2}', ["b"], "2"],
    ['{"a":"x,}\\"","b":2}', ["a"], '"x,}\\""'],
    ['{"a":"\\\\","b":2}', ["b"], "2"],
    ['{"a":1,"a":2}', ["a"], "2"],
    ['{"\\u0061":1}', ["a"], "1"],
    ['{"b":{"a":1}}', ["a"], undefined],
    ['{"a":{}}', ["a", "b"], undefined],
    ['{"a":{}}', ["b", "c"], undefined],
    ["{}", ["a"], undefined],
    ['{"a":null}', ["a"], "null"],
    ['{"":{"":-0}}', ["", ""], "-0"],
    ['\n{\t"a"\r\n:\n 12345678901234567890 \n}', ["a"], "12345678901234567890"],
    ["{}", [], "{}"],
  ] as const
) {
  Deno.test(`rawValue of ${JSON.stringify(json)} at "${path.join(".")}" is ${value}`, () => {
    assertEquals(rawValue(json, path), value);
  });
}

for (
  const [json, items] of [
    ["[]", []],
    [" [ ] ", []],
    ["[1.0]", ["1.0"]],
    ['[ {"a":[1,2]} , "x],", [3,[4]] , null ]', ['{"a":[1,2]}', '"x],"', "[3,[4]]", "null"]],
  ] as const
) {
  Deno.test(`rawItems of ${json} are ${items.join(" and ") || "none"}`, () => {
    assertEquals(rawItems(json), [...items]);
  });
}

Deno.test("rawValue means what JSON.parse reads", () => {
  const value = { 'k"\\': [{ "é": "}{][,:\\u" }, [], {}, -1.5e3, true, ""], "": { z: "\n" } };
  const json = JSON.stringify(value, undefined, 2);
  for (const [key, expected] of Object.entries(value)) {
    assertEquals(JSON.parse(rawValue(json, [key]) ?? ""), expected);
  }
});
