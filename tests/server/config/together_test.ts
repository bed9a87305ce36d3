import { assert, assertEquals } from "@std/assert";
import { FILE, problem, problems, type Started } from "./loading.ts";

const own = (options: object) => ({ channel: { namespaces: [{ name: "own", ...options }] } });
const open = (options: object) => ({ channel: { without_namespace: options } });
const personal = (options: object, channel: object) => ({
  client: { subscribe_to_user_personal_channel: { enabled: true, ...options } },
  channel,
});

/** What does not go together, and what is said of it. */
const WRONG: readonly (readonly [what: string, file: object, said: string])[] = [
  [
    "a ping before the last one's answer is due",
    { client: { ping_interval: "8s" } },
    `"${FILE}: client.ping_interval" must be more than client.pong_timeout (8s): ` +
    "current value is 8s",
  ],
  [
    "a pong that may take longer than the default interval",
    { client: { pong_timeout: "25s" } },
    `"${FILE}: client.ping_interval" must be more than client.pong_timeout (25s): ` +
    "current value is 25s",
  ],
  [
    "two rules for one audience",
    { client: { token: { audience: "a", audience_regex: "a" } } },
    `"${FILE}: client.token.audience_regex" must not be given beside audience`,
  ],
  [
    "two rules for the issuer of a subscription token",
    { client: { subscription_token: { enabled: true, issuer: "a", issuer_regex: "a" } } },
    `"${FILE}: client.subscription_token.issuer_regex" must not be given beside issuer`,
  ],
  [
    "a size of history without an age",
    own({ history_size: 5 }),
    `"${FILE}: channel.namespaces[0].history_ttl" must be more than 0s where history_size is ` +
    "given: current value is 0s",
  ],
  [
    "an age of history without a size",
    own({ history_ttl: "5s" }),
    `"${FILE}: channel.namespaces[0].history_size" must be more than 0 where history_ttl is ` +
    "given: current value is 0",
  ],
  [
    "an age of history with a size of 0",
    open({ history_size: 0, history_ttl: "5s" }),
    `"${FILE}: channel.without_namespace.history_size" must be more than 0 where history_ttl is ` +
    "given: current value is 0",
  ],
  [
    "recovery without history",
    own({ force_recovery: true }),
    `"${FILE}: channel.namespaces[0].force_recovery" must be false without history_size and ` +
    "history_ttl: current value is true",
  ],
  [
    "positioning without history",
    open({ history_size: 0, force_positioning: true }),
    `"${FILE}: channel.without_namespace.force_positioning" must be false without history_size ` +
    "and history_ttl: current value is true",
  ],
  [
    "two namespaces of one name",
    { channel: { namespaces: [{ name: "ab" }, { name: "cd" }, { name: "ab" }] } },
    `"${FILE}: channel.namespaces[2].name" must be given to one namespace only: ` +
    'current value is "ab"',
  ],
  [
    "personal channels in a namespace that there is not",
    personal({ personal_channel_namespace: "own" }, {}),
    `"${FILE}: client.subscribe_to_user_personal_channel.personal_channel_namespace" must be ` +
    'the name of a namespace: current value is "own"',
  ],
  [
    "single connections without presence",
    personal({ single_connection: true }, {}),
    `"${FILE}: client.subscribe_to_user_personal_channel.single_connection" must be false where ` +
    "that channel has no presence: current value is true",
  ],
  [
    "single connections without presence in their namespace",
    personal({ personal_channel_namespace: "own", single_connection: true }, {
      ...own({}).channel,
      without_namespace: { presence: true },
    }),
    `"${FILE}: client.subscribe_to_user_personal_channel.single_connection" must be false where ` +
    "that channel has no presence: current value is true",
  ],
  [
    "a stop that cannot be in time",
    { stop: { timeout: "1s" } },
    `"${FILE}: stop.timeout" must be at least --drain-delay + --drain-window + --close-timeout ` +
    "(0s + 0s + 3s = 3s): current value is 1s",
  ],
];

for (const [what, file, said] of WRONG) {
  Deno.test(`loadConfig refuses ${what}`, async () => {
    assertEquals(await problem({ file }), `Cannot start as ${said}`);
  });
}

Deno.test("loadConfig names the flag of history that does not go together", async () => {
  const found = await problem({ args: ["--history-size", "0", "--history-ttl", "1h"] });
  assert(found.startsWith('Cannot start as "--history-size" must be more than 0'), found);
});

const TAKEN: Readonly<Record<string, Started>> = {
  "history off by its size": { file: open({ history_size: 0 }) },
  "history off by its age": { file: open({ history_ttl: "0s" }) },
  "history off by a flag": { args: ["--history-size", "0"] },
  "recovery with the history that there is by default": { file: open({ force_recovery: true }) },
  "recovery that clients may ask for without history": { file: own({ allow_recovery: true }) },
  "personal channels without a namespace": { file: personal({}, {}) },
  "single connections with presence": {
    file: personal({ single_connection: true }, { without_namespace: { presence: true } }),
  },
  "a namespace for personal channels that are off": {
    file: {
      client: { subscribe_to_user_personal_channel: { personal_channel_namespace: "own" } },
    },
  },
};

for (const [what, started] of Object.entries(TAKEN)) {
  Deno.test(`loadConfig takes ${what}`, async () => {
    assertEquals(await problems(started), []);
  });
}

const ANYWHERE = ["--host", "0.0.0.0"];

for (
  const token of [
    { hmac_secret_key: "s" },
    { rsa_public_key: "PEM" },
    { ecdsa_public_key: "PEM" },
    { jwks_public_endpoint: "https://a.com/jwks" },
  ]
) {
  const [key] = Object.keys(token);
  Deno.test(`loadConfig listens beyond loopback with client.token.${key}`, async () => {
    assertEquals(await problems({ args: ANYWHERE, file: { client: { token } } }), []);
  });
  Deno.test(`loadConfig takes --no-anonymous with client.token.${key}`, async () => {
    assertEquals(await problems({ args: ["--no-anonymous"], file: { client: { token } } }), []);
  });
}

Deno.test("loadConfig listens beyond loopback with MIDGARD_TOKEN_SECRET", async () => {
  assertEquals(await problems({ args: ANYWHERE, env: { MIDGARD_TOKEN_SECRET: "s" } }), []);
});

for (
  const client of [
    { subscription_token: { enabled: true, hmac_secret_key: "s" } },
    { token: { hmac_previous_secret_key: "s" } },
    { insecure: true },
    { user_id_http_header: "X-User" },
    { allow_anonymous_connect_without_token: false },
  ]
) {
  Deno.test(`loadConfig does not listen beyond loopback with ${JSON.stringify(client)}`, async () => {
    const [found = ""] = await problems({ args: ANYWHERE, file: { client } });
    assert(found.startsWith("Cannot listen on 0.0.0.0 as anyone"), found);
    for (const way of ["--token-secret", "client.token", "--anonymous", "127.0.0.1"]) {
      assert(found.includes(way), found);
    }
  });
}

Deno.test("loadConfig takes --no-anonymous where a proxy names the user", async () => {
  const file = { client: { user_id_http_header: "X-User" } };
  assertEquals(await problems({ args: ["--no-anonymous"], file }), []);
});

Deno.test("loadConfig refuses a file that lets nobody in", async () => {
  const file = { client: { allow_anonymous_connect_without_token: false } };
  assert((await problem({ file })).includes("nobody could connect"), await problem({ file }));
});
