import { assert, assertEquals } from "@std/assert";
import { REGEX } from "../../../server/config/regex_type.ts";

function regex(text: string): RegExp {
  const parsed = REGEX.parse(text);
  assert(parsed.kind === "value", JSON.stringify(parsed));
  return parsed.value;
}

Deno.test("REGEX matches anywhere unless it is anchored", () => {
  assert(regex("b+").test("abc"));
  assert(!regex("^b+$").test("abc"));
});

Deno.test("REGEX takes named groups as Go writes them", () => {
  assertEquals(regex("^(?P<tenant>[a-z]+)-(?<kind>x)$").exec("acme-x")?.groups, {
    tenant: "acme",
    kind: "x",
  });
});

Deno.test("REGEX takes flags in front as Go writes them", () => {
  assert(regex("(?i)^acme$").test("ACME"));
  assert(!regex("^acme$").test("ACME"));
});

Deno.test("REGEX knows classes of Unicode", () => {
  assert(regex(String.raw`^\p{L}+$`).test("é"));
});

for (const text of ["", "(", "[", "*", "(?i)", "(?x)a", String.raw`\z`, "[[:alpha:]]"]) {
  Deno.test(`REGEX refuses ${JSON.stringify(text)}`, () => {
    assertEquals(REGEX.parse(text).kind, "refused");
  });
}

Deno.test("REGEX reads what it prints", () => {
  for (const text of ["^a+$", "(?i)^a$", "(?ims)a"]) {
    assertEquals(REGEX.print(regex(text)), text);
    assertEquals(regex(REGEX.print(regex(text))), regex(text));
  }
});
