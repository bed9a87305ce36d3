import { assert, assertEquals } from "@std/assert";
import { FILE, problem, problems } from "./loading.ts";

/** What is wrong with a file, and what is said of it behind the file's name. */
const WRONG: readonly (readonly [what: string, file: unknown, said: string])[] = [
  [
    "an unknown key",
    { hots: "::1" },
    ': hots" is not a key: did you mean host',
  ],
  [
    "an unknown key in a section",
    { client: { alowed_origins: [] } },
    ': client.alowed_origins" is not a key: did you mean client.allowed_origins',
  ],
  [
    "an unknown key in a namespace",
    { channel: { namespaces: [{ name: "ab" }, { name: "cd", history_sise: 1 }] } },
    ': channel.namespaces[1].history_sise" is not a key: ' +
    "did you mean channel.namespaces[1].history_size",
  ],
  [
    "a key that belongs elsewhere",
    { allow_subscribe_for_client: true },
    ': allow_subscribe_for_client" is not a key: ' +
    "did you mean channel.without_namespace.allow_subscribe_for_client",
  ],
  [
    "a section that belongs elsewhere",
    { namespaces: [] },
    ': namespaces" is not a key: did you mean channel.namespaces',
  ],
  [
    "a key like no other",
    { frobnicate: 1 },
    ': frobnicate" is not a key: midgard config --schema prints all that there are',
  ],
  [
    "a number as text",
    { port: "80" },
    ': port" must be a whole number from 0 to 65535: current value is "80"',
  ],
  [
    "a fraction for a whole number",
    { port: 80.5 },
    ': port" must be a whole number from 0 to 65535: current value is 80.5',
  ],
  [
    "a duration as number",
    { bind_timeout: 5 },
    ': bind_timeout" must be a duration such as 250ms, 5s, 2m or 24h: current value is 5',
  ],
  [
    "a duration without unit",
    { bind_timeout: "5" },
    ': bind_timeout" must be a duration such as 250ms, 5s, 2m or 24h: current value is "5"',
  ],
  [
    "a word that is none of a few",
    { log: { level: "warn" } },
    ': log.level" must be one of debug, info, warning, error: current value is "warn"',
  ],
  [
    "a switch as text",
    { client: { insecure: "true" } },
    ': client.insecure" must be true or false: current value is "true"',
  ],
  [
    "null",
    { client: { insecure: null } },
    ': client.insecure" must be true or false: current value is null',
  ],
  [
    "one text for a list",
    { client: { allowed_origins: "https://a.com" } },
    ': client.allowed_origins" must be a list, in brackets: current value is "https://a.com"',
  ],
  [
    "a list with an item that is wrong",
    { client: { allowed_origins: ["https://a.com", "b.com"] } },
    ': client.allowed_origins" must be an origin such as https://example.com or ' +
    'https://*.example.com: current value is ["https://a.com","b.com"]',
  ],
  [
    "a section for a value",
    { data: { password: "s3cret" } },
    ': data" must be a file, the word memory, or the URL of a Redis, redis://…: ' +
    "current value is an object",
  ],
  [
    "a value for a section",
    { client: true },
    ': client" must be an object, in braces',
  ],
  [
    "a list for a section",
    { channel: { without_namespace: [] } },
    ': channel.without_namespace" must be an object, in braces',
  ],
  [
    "an object for a list",
    { channel: { namespaces: { name: "ab" } } },
    ': channel.namespaces" must be a list of objects',
  ],
  [
    "a namespace without a name",
    { channel: { namespaces: [{}] } },
    ': channel.namespaces[0].name" must be given',
  ],
  [
    "a namespace's name with a boundary",
    { channel: { namespaces: [{ name: "a:b" }] } },
    ': channel.namespaces[0].name" must be two or more letters, digits, dots, hyphens or ' +
    'underscores: current value is "a:b"',
  ],
  [
    "a namespace's name of one letter",
    { channel: { namespaces: [{ name: "a" }] } },
    ': channel.namespaces[0].name" must be two or more letters, digits, dots, hyphens or ' +
    'underscores: current value is "a"',
  ],
  [
    "a broken regular expression",
    { client: { token: { issuer_regex: "(" } } },
    ': client.token.issuer_regex" must be a regular expression (Unterminated group): ' +
    'current value is "("',
  ],
  [
    "a kind of delta that there is not",
    { channel: { without_namespace: { allowed_delta_types: ["xdelta"] } } },
    ': channel.without_namespace.allowed_delta_types" must be one of fossil: ' +
    'current value is ["xdelta"]',
  ],
  [
    "what cannot be switched off",
    { sse: { enabled: false } },
    ': sse.enabled" must be true, as it cannot be switched off: current value is false',
  ],
  [
    "an emulation that is always there",
    { emulation: { enabled: true } },
    ': emulation" is not a key: midgard config --schema prints all that there are',
  ],
  [
    "a ping more often than clients can be told",
    { client: { ping_interval: "500ms", pong_timeout: "100ms" } },
    ': client.ping_interval" must be a duration of at least 1s: current value is "500ms"',
  ],
  [
    "a list for the whole",
    [],
    '" must be an object, in braces',
  ],
];

for (const [what, file, said] of WRONG) {
  Deno.test(`loadConfig refuses in a file ${what}`, async () => {
    assertEquals((await problems({ file }))[0], `Cannot start as "${FILE}${said}`);
    assertEquals((await problems({ file })).length, 1);
  });
}

for (const key of ["__proto__", "constructor", "toString", ""]) {
  Deno.test(`loadConfig refuses in a file the key ${JSON.stringify(key)}`, async () => {
    const found = await problem({ file: `{"client": {${JSON.stringify(key)}: {}}}` });
    assert(found.startsWith(`Cannot start as "${FILE}: client.${key}" is not a key`), found);
  });
}

Deno.test("loadConfig lists all that is wrong in a file beside wrong flags and variables", async () => {
  const found = await problems({
    args: ["--prot", "1"],
    env: { MIDGARD_LOG_LEVEL: "loud" },
    file: { hots: 1, client: { insecure: 1 }, channel: { namespaces: [{ name: "a" }, 5] } },
  });
  const sources = ["--prot", "MIDGARD_LOG_LEVEL", `${FILE}: hots`, `${FILE}: client.insecure`];
  for (const source of [...sources, `${FILE}: channel.namespaces[1]`]) {
    assert(found.some((one) => one.includes(`"${source}"`)), `${source} is not in ${found}`);
  }
  assertEquals(found.length, 6);
});

Deno.test("loadConfig checks a value in a file that a flag overrules", async () => {
  const found = await problem({ args: ["--port", "1"], file: { port: "x" } });
  assert(found.includes(`${FILE}: port`), found);
});

/** Texts that are not JSON, and where they stop to be. */
const BROKEN: Readonly<Record<string, string>> = {
  "": "it ends or breaks off at line 1, column 1",
  "{": "it ends or breaks off at line 1, column 2",
  '{\n  "port": 80\n  "host": "::1"\n}': "something is wrong at line 3, column 3",
  '{\r\n  "port": s3cret\r\n}': "something is wrong at line 2, column 11",
  '{"http_api": {"key": "s3cret': "something is wrong at line 1, column 22",
  "{} {}": "something is wrong at line 1, column 4",
  "port: 80": "something is wrong at line 1, column 1",
};

for (const [file, where] of Object.entries(BROKEN)) {
  Deno.test(`loadConfig says where a file is not JSON: ${JSON.stringify(file)}`, async () => {
    assertEquals(await problem({ file }), `Cannot start as "${FILE}" must be JSON: ${where}`);
  });
}

Deno.test("loadConfig says one thing only of a file that it cannot read", async () => {
  const found = await problem({ args: ["--config", "no.json", "--host", "0.0.0.0"] });
  assertEquals(
    found,
    'Cannot start as "--config" must be a file that can be read: current value is "no.json" ' +
      "(No such file: no.json)",
  );
});

Deno.test("loadConfig names the variable of a file that it cannot read", async () => {
  const found = await problem({ env: { MIDGARD_CONFIG: "no.json" } });
  assert(found.startsWith('Cannot start as "MIDGARD_CONFIG" must be'), found);
});

Deno.test("loadConfig reads a file with comments, trailing commas and a byte order mark", async () => {
  const file = '\uFEFF// of mine\n{ "port": 9000, /* and */ "client": { "insecure": true, }, }';
  assertEquals(await problems({ file }), []);
});

Deno.test("loadConfig never says a secret of a file", async () => {
  const file = {
    http_api: { key: ["s3cret"] },
    client: { token: { hmac_secret_key: { is: "s3cret" }, hmac_previous_secret_key: 5 } },
  };
  const found = await problems({ file });
  assertEquals(found.length, 3);
  for (const one of found) assert(one.endsWith("current value is (set)"), one);
});
