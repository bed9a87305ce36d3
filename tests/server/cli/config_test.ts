import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { config } from "../../../server/cli/mod.ts";
import { configProblems } from "../../../server/mod.ts";

/** A public key of the curve P-256. */
const PEM = "-----BEGIN PUBLIC KEY-----\n" +
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaUhH7mDXqOu6vj/Tua9EuoiH/zv9\n" +
  "mv6wPm0bVuzPjfFni01MHV8bRkU4G66pttrT8Vcg0m9rRYWTgianf+X9gQ==\n" +
  "-----END PUBLIC KEY-----";

const FILES: Readonly<Record<string, unknown>> = {
  "good.json": {
    client: { token: { hmac_secret_key: "s3cret-h", ecdsa_public_key: PEM } },
    channel: { namespaces: Array.from({ length: 11 }, (_, index) => ({ name: `n${index}` })) },
    http_api: { key: "s3cret-k" },
  },
  "bad.json": { port: "80", hots: "::1", client: { token: { hmac_secret_key: ["s3cret-b"] } } },
};

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `midgard config` with these arguments. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  let [out, err] = ["", ""];
  const code = await config({
    args,
    env,
    readFile: (path) => {
      if (FILES[path] !== undefined) return JSON.stringify(FILES[path]);
      throw new Deno.errors.NotFound("no such file");
    },
    print: (text) => out += text,
    printError: (text) => err += text,
    problemsBehind: configProblems,
  });
  return { code, out, err };
}

Deno.test("config --check says that a file is good", async () => {
  assertEquals(await run(["--check", "good.json"]), { code: 0, out: "good.json: ok\n", err: "" });
});

Deno.test("config --check lists all that is wrong with a file", async () => {
  const { code, out, err } = await run(["--check", "bad.json"]);
  assertEquals([code, out], [2, ""]);
  const lines = err.trimEnd().split("\n");
  assertEquals(lines.length, 3, err);
  for (const key of ["port", "hots", "client.token.hmac_secret_key"]) {
    assert(lines.some((line) => line.startsWith(`Cannot start as "bad.json: ${key}" `)), err);
  }
  assert(!err.includes("s3cret"), err);
});

Deno.test("config --check refuses a file that is not there", async () => {
  const { code, err } = await run(["--check", "no.json"]);
  assertEquals(code, 2);
  assertStringIncludes(err, "no.json");
});

Deno.test("config --check looks at a file beside options of serve and variables", async () => {
  const beyond = ["--check", "good.json", "--host", "0.0.0.0"];
  assertEquals((await run(beyond)).code, 0);
  const { code, err } = await run(beyond, { MIDGARD_PORT: "x" });
  assertEquals(code, 2);
  assertStringIncludes(err, "MIDGARD_PORT");
});

Deno.test("config --check looks at the folder of --public", async () => {
  const refused = await run(["--check", "good.json", "--public", "no such folder"]);
  assertEquals([refused.code, refused.out], [2, ""]);
  assertStringIncludes(refused.err, '"--public" must be a folder that can be read');
  const args = ["--check", "good.json", "--data", "server/mod.ts"];
  const exposed = await run([...args, "--public", "server"]);
  assertEquals(exposed.code, 2);
  assertStringIncludes(exposed.err, 'that does not hold the history, "server/mod.ts"');
  assertEquals((await run([...args, "--public", "lifecycle"])).code, 0);
});

Deno.test("config --print tells each value and where it comes from", async () => {
  const args = ["--print", "--config", "good.json", "--port", "1"];
  const { code, out } = await run(args, { MIDGARD_DATA: "memory" });
  assertEquals(code, 0);
  assertMatch(out, /^key +value +from\n/);
  assertMatch(out, /^port +1 +--port$/m);
  assertMatch(out, /^data +memory +MIDGARD_DATA$/m);
  assertMatch(out, /^host +127\.0\.0\.1 +default$/m);
  assertMatch(out, /^public +– +default$/m);
  assertMatch(
    out,
    /^channel\.namespaces\[10\]\.name +n10 +good\.json: channel\.namespaces\[10\]\.name$/m,
  );
  assert(out.indexOf("namespaces[9].name") < out.indexOf("namespaces[10].name"));
  assertMatch(
    out,
    /^client\.token\.ecdsa_public_key +-----BEGIN PUBLIC KEY-----\\n.+-----END PUBLIC KEY----- +good\.json/m,
  );
});

Deno.test("config --print tells what a default amounts to", async () => {
  const open = (await run(["--print"])).out;
  assertMatch(open, /^client\.allow_anonymous_connect_without_token +true +default$/m);
  assertMatch(open, /^client\.insecure +true +default$/m);
  const closed = (await run(["--print", "--config", "good.json"])).out;
  assertMatch(closed, /^client\.insecure +false +default$/m);
});

for (const form of [[], ["--json"]]) {
  Deno.test(`config --print ${form} hides secrets`, async () => {
    const env = { MIDGARD_API_KEY: "s3cret-e" };
    for (const args of [["--config", "good.json"], ["--token-secret", "s3cret-f"]]) {
      const { code, out } = await run(["--print", ...form, ...args], env);
      assertEquals(code, 0);
      assert(!out.includes("s3cret"), out);
      assertEquals(out.match(/\(set\)/g)?.length, 2, out);
    }
  });
}

Deno.test("config --print --json is for programs", async () => {
  const { out } = await run(["--json", "--config", "good.json", "--print"]);
  const values = JSON.parse(out);
  assertEquals(values["port"], { value: 8_000, source: "default" });
  assertEquals(values["stop.timeout"], { value: "8s", source: "default" });
  assertEquals(values["public"], { value: null, source: "default" });
  assertEquals(values["http_api.key"], { value: "(set)", source: "good.json: http_api.key" });
  assertEquals(values["--config"], { value: "good.json", source: "--config" });
});

Deno.test("config --print lists what is wrong instead", async () => {
  const { code, out, err } = await run(["--print", "--prot", "1"]);
  assertEquals([code, out], [2, ""]);
  assertStringIncludes(err, "did you mean --port");
});

Deno.test("config --schema prints a JSON Schema", async () => {
  const { code, out } = await run(["--schema"]);
  assertEquals(code, 0);
  const { $schema, additionalProperties, properties } = JSON.parse(out);
  assertEquals($schema, "https://json-schema.org/draft/2020-12/schema");
  assertEquals([additionalProperties, properties.port.default], [false, 8_000]);
});

Deno.test("config --help explains itself", async () => {
  const { code, out } = await run(["--help"]);
  assertEquals(code, 0);
  for (const flag of ["--check", "--print", "--json", "--schema"]) assertStringIncludes(out, flag);
});

for (
  const args of [[], ["--frobnicate"], ["--check"], ["--check", "--print"], ["--schema", "x"], [
    "--check",
    "--port",
  ]]
) {
  Deno.test(`config refuses ${JSON.stringify(args)}`, async () => {
    const { code, out, err } = await run(args);
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, "see midgard config --help");
  });
}
