import { assertEquals } from "@std/assert";
import {
  COUNT,
  DATA,
  type Field,
  FLAG,
  INTEGER,
  isObject,
  objectOf,
  parseJson,
  PRESENCE,
  readFields,
  TEXT,
  TEXT_MAP,
  TEXTS,
} from "../../../server/protocol/mod.ts";

/** What a field reads where a document has `value`. */
function read(field: Field, value: string): unknown {
  const json = `{"field":${value}}`;
  return readFields(JSON.parse(json), { field }, json)?.["field"];
}

for (
  const [name, field, right, wrong] of [
    ["TEXT", TEXT, ['""', '"a"'], ["1", "true", "[]", "{}"]],
    ["FLAG", FLAG, ["true", "false"], ["0", '"true"', "[]"]],
    ["COUNT", COUNT, ["0", "9007199254740991"], ["-1", "1.5", "1e300", '"1"', "true"]],
    ["INTEGER", INTEGER, ["0", "-7"], ["1.5", "9007199254740993", '"1"']],
    ["TEXTS", TEXTS, ["[]", '["a","b"]'], ["[1]", '["a",null]', '"a"', "{}"]],
    ["TEXT_MAP", TEXT_MAP, ["{}", '{"a":"b"}'], ['{"a":1}', "[]", '"a"']],
  ] as const
) {
  Deno.test(`${name} takes ${right.join(" and ")}, and not ${wrong.join(" or ")}`, () => {
    for (const value of right) assertEquals(read(field, value), JSON.parse(value));
    for (const value of wrong) assertEquals(read(field, value), undefined);
  });
}

Deno.test("DATA takes any value, as it stands there", () => {
  for (const text of ["1.0", "null", '{"b": 1, "a":2}', '""', "false"]) {
    assertEquals(read(DATA, text), { kind: "json", text });
  }
});

Deno.test("PRESENCE tells only that there is something", () => {
  assertEquals([read(PRESENCE, "{}"), read(PRESENCE, "0"), read(PRESENCE, "null")], [
    ...[true, true, undefined],
  ]);
});

Deno.test("objectOf reads an object's own fields, also data", () => {
  const json = '{"a":{"n":1,"d":[1.0],"x":0}}';
  const fields = { a: objectOf({ n: COUNT, d: DATA }) };
  const data = { kind: "json", text: "[1.0]" };
  assertEquals(readFields(JSON.parse(json), fields, json), { a: { n: 1, d: data } });
  for (const wrong of ['{"a":1}', '{"a":[]}', '{"a":{"n":-1}}']) {
    assertEquals(readFields(JSON.parse(wrong), fields, wrong), undefined);
  }
});

Deno.test("readFields takes null for absent, and leaves out what is", () => {
  const json = '{"a":null,"b":"x","c":1}';
  assertEquals(readFields(JSON.parse(json), { a: TEXT, b: TEXT, d: TEXT }, json), { b: "x" });
});

Deno.test("readFields reads nothing when one field is wrong", () => {
  const json = '{"a":"x","b":1}';
  assertEquals(readFields(JSON.parse(json), { a: TEXT, b: TEXT }, json), undefined);
});

Deno.test("parseJson reads a document, and nothing of what is none", () => {
  assertEquals([parseJson('{"a":1}'), parseJson("{"), parseJson("")], [
    ...[{ a: 1 }, undefined, undefined],
  ]);
});

Deno.test("isObject tells objects from lists, null and the rest", () => {
  assertEquals([{}, [], null, "a", 1, undefined].map(isObject), [
    ...[true, false, false, false, false, false],
  ]);
});
