import { assert, assertEquals } from "@std/assert";
import { describe, preview, visible } from "../../../server/console/payload.js";

interface Message {
  readonly raw: string;
  readonly form: string;
}

function push(data: string): Message {
  return { raw: `{"push":{"channel":"a","pub":{"data":${data},"offset":7}}}`, form: "push" };
}

function publication(fields: object): Message {
  return { raw: JSON.stringify(fields), form: "publication" };
}

/** What is shown of a message, without what came with it. */
function shown(message: Message): object {
  const { kind, text, note } = describe(message);
  return { kind, text, note };
}

const INDENTED = '{\n  "a": [\n    1,\n    2\n  ]\n}';

Deno.test("describe indents JSON objects and arrays, however they came", () => {
  const expected = { kind: "json", text: INDENTED, note: "" };
  assertEquals(shown(push('{"a":[1,2]}')), expected);
  assertEquals(shown(publication({ data: { a: [1, 2] }, offset: 1 })), expected);
  assertEquals(shown({ raw: '{"a":[1,2]}', form: "text" }), expected);
  assertEquals(shown(push(JSON.stringify('{"a":[1,2]}'))), {
    kind: "text",
    text: INDENTED,
    note: "JSON inside",
  });
});

for (const text of ["hello", "42", '"quoted"', "null", "{not json", "", "<script>x</script>"]) {
  Deno.test(`describe shows ${JSON.stringify(text)} as the text it is`, () => {
    assertEquals(shown({ raw: text, form: "text" }), { kind: "text", text, note: "" });
    assertEquals(shown(push(JSON.stringify(text))), { kind: "text", text, note: "" });
  });
}

Deno.test("describe and preview keep numbers as they were written", () => {
  const message = push('{"id":12345678901234567890,"x":1.0,"y":1e400}');
  for (const { text } of [describe(message), preview(message)]) {
    assert(text.includes("12345678901234567890") && text.includes("1.0") && text.includes("1e400"));
  }
});

Deno.test("describe shows deep JSON as it came, and trips over no depth", () => {
  for (const depth of [100, 30_000]) {
    const deep = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    assertEquals(describe({ raw: deep, form: "text" }).text, deep);
    assertEquals(describe(push(deep)).kind, "json");
    assertEquals(preview(push(deep)).kind, "json");
  }
});

Deno.test("describe tells the size of what was published, not of what is shown", () => {
  const sizes = [push('{"a":[1,2]}'), push('"žluť"'), publication({ b64data: "AA//" })];
  assertEquals(sizes.map((message) => describe(message).size), [11, 6, 3]);
});

Deno.test("describe cuts what is too long to be shown and says how much", () => {
  const { text, note } = describe({ raw: "x".repeat(262_145), form: "text" });
  assertEquals([text.length, text.at(-1), note], [262_145, "…", "1 more character not shown"]);
});

Deno.test("describe shows bytes in hexadecimal, and how many there are", () => {
  const expected = { kind: "binary", text: "00 0f ff", note: "3 bytes" };
  assertEquals(shown({ raw: "AA//", form: "base64" }), expected);
  assertEquals(shown(publication({ b64data: "AA//", offset: 1 })), expected);
  const bad = { kind: "binary", text: "no base64!", note: "" };
  assertEquals(shown({ raw: "no base64!", form: "base64" }), bad);
});

Deno.test("describe tells who published, and the tags", () => {
  const info = { user: "42", client: "c" };
  const tags = { k: "v" };
  const expected = { kind: "json", size: 1, text: "1", note: "", info, tags };
  assertEquals(describe(publication({ data: 1, info, tags })), expected);
});

Deno.test("preview is one short line of what nobody can rearrange", () => {
  const { kind, text } = preview({ raw: `a\nb\u202e c${"x".repeat(1_000)}`, form: "text" });
  assertEquals([kind, text.slice(0, 15)], ["text", "a b⟨U+202E⟩ cxx"]);
  assert(text.length < 450);
});

Deno.test("visible spells out what acts without being seen, and leaves the rest alone", () => {
  assertEquals(visible("\u0000\u200f\u2066\u001b[31m"), "⟨U+0000⟩⟨U+200F⟩⟨U+2066⟩⟨U+001B⟩[31m");
  assertEquals(visible("tab\tline\n עברית 👩\u200d🚀"), "tab\tline\n עברית 👩\u200d🚀");
});
