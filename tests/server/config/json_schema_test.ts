import { assert, assertEquals, assertExists } from "@std/assert";
import { Ajv2020 } from "ajv/2020";
import { jsonSchema } from "../../../server/config/mod.ts";
import { fileShape, placesOf } from "../../../server/config/file_shape.ts";

const validate = new Ajv2020({ strict: true, allErrors: true }).compile(jsonSchema());

/** The example of the README. */
async function example(): Promise<unknown> {
  const readme = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));
  const text = /```jsonc\n([^]*?)```/.exec(readme)?.[1];
  assertExists(text, "the README has no example of a configuration file");
  return (await import("@std/jsonc")).parse(text);
}

const TAKEN: readonly unknown[] = [
  {},
  { $schema: "./midgard.schema.json", port: 0 },
  { stop: { drain_delay: "1.5s", timeout: "9s" }, log: { level: "debug", format: "" } },
  { client: { token: { hmac_secret_key: "", audience_regex: "(?P<tenant>a+)" } } },
  { client: { allowed_origins: ["*", "https://*.example.com"] } },
  { channel: { namespaces: [{ name: "ab", allowed_delta_types: ["fossil"] }] } },
  { http_stream: { enabled: true }, sse: { enabled: true } },
];

const REFUSED: readonly unknown[] = [
  [],
  { hots: "::1" },
  { port: "80" },
  { port: 65_536 },
  { host: "" },
  { stop: { timeout: 5 } },
  { stop: { timeout: "5" } },
  { log: { level: "warn" } },
  { client: { allowed_origins: ["example.com"] } },
  { client: { insecure: "true" } },
  { channel: { namespaces: [{}] } },
  { channel: { namespaces: [{ name: "a:b" }] } },
  { channel: { namespaces: [{ name: "ab", frobnicate: true }] } },
  { sse: { enabled: false } },
];

for (const file of TAKEN) {
  Deno.test(`jsonSchema takes ${JSON.stringify(file)}`, () => {
    assert(validate(file), JSON.stringify(validate.errors));
  });
}

for (const file of REFUSED) {
  Deno.test(`jsonSchema refuses ${JSON.stringify(file)}`, () =>
    assertEquals(validate(file), false));
}

Deno.test("jsonSchema takes the README's example", async () => {
  assert(validate(await example()), JSON.stringify(validate.errors));
});

Deno.test("jsonSchema explains every place of a file", () => {
  for (const [key, shape] of placesOf(fileShape())) {
    const help = shape.kind === "value" ? shape.setting.help : shape.help;
    assert(/^[^\n]{5,100}[^.\n]$/.test(help), `${key}: ${help}`);
  }
});

Deno.test("jsonSchema has defaults that it takes itself", () => {
  for (const [key, shape] of placesOf(fileShape())) {
    if (shape.kind !== "value") continue;
    const { type, default: value } = shape.setting;
    const given = type.write(value);
    if (given === undefined) continue;
    // A list is a value of its own, and so are true and false.
    assertEquals(type.read(given), { kind: "value", value }, key);
  }
});
