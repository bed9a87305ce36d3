import { assertEquals } from "@std/assert";
import { DEFAULT_CLIENT, OPEN_CHANNEL } from "../../../server/config/mod.ts";
import { CLOSED_CHANNEL } from "../../../server/config/channel_settings.ts";
import { configOf, FILE, loaded } from "./loading.ts";

const HISTORY = { historySize: 1_000, historyTtlMs: 86_400_000 };
const SECRET = { client: { token: { hmac_secret_key: "s3cret" } } };

Deno.test("loadConfig takes a file over the default", async () => {
  const { config, sources } = await loaded({ file: { port: 9000 } });
  assertEquals([config.port, sources.port], [9_000, `${FILE}: port`]);
});

Deno.test("loadConfig takes a variable over a file", async () => {
  const { config, sources } = await loaded({ env: { MIDGARD_PORT: "1" }, file: { port: 2 } });
  assertEquals([config.port, sources.port], [1, "MIDGARD_PORT"]);
});

Deno.test("loadConfig takes a flag over a variable and a file", async () => {
  const { config, sources } = await loaded({
    args: ["--port", "0"],
    env: { MIDGARD_PORT: "1" },
    file: { port: 2 },
  });
  assertEquals([config.port, sources.port], [0, "--port"]);
});

Deno.test("loadConfig finds its file in a variable", async () => {
  const { config, sources } = await loaded({ env: { MIDGARD_CONFIG: "" }, file: { port: 2 } });
  assertEquals([config.configFile, sources.configFile, config.port], [FILE, "--config", 2]);
});

Deno.test("loadConfig lets a flag replace a list in a file", async () => {
  const file = { client: { allowed_origins: ["https://a.com"] } };
  const { allowedOrigins } = await configOf({ args: ["--allow-origin", "*"], file });
  assertEquals(allowedOrigins, ["*"]);
});

Deno.test("loadConfig lets flags set history over a file", async () => {
  const file = { channel: { without_namespace: { history_size: 5, history_ttl: "5s" } } };
  const { channels, historySize } = await configOf({ args: ["--history-size", "7"], file });
  assertEquals([historySize, channels.withoutNamespace.historySize], [7, 7]);
  assertEquals(channels.withoutNamespace.historyTtlMs, 5_000);
});

Deno.test("loadConfig gives the secrets of flags and variables to who needs them", async () => {
  const env = { MIDGARD_TOKEN_SECRET: "s3cret" };
  const { client, api } = await configOf({ args: ["--api-key", "k3y"], env });
  assertEquals([client.token.hmacSecretKey, api.key], ["s3cret", "k3y"]);
});

Deno.test("loadConfig allows everything in every channel without a file", async () => {
  const { channels } = await configOf({});
  assertEquals(channels, { withoutNamespace: OPEN_CHANNEL, namespaces: undefined });
});

Deno.test("loadConfig allows everything in every channel with a file that names none", async () => {
  const { channels } = await configOf({ args: ["--history-size", "5"], file: SECRET });
  const withoutNamespace = { ...OPEN_CHANNEL, historySize: 5 };
  assertEquals(channels, { withoutNamespace, namespaces: undefined });
});

Deno.test("loadConfig promises no recovery where nothing is kept", async () => {
  const { withoutNamespace } = (await configOf({ args: ["--history-size", "0"] })).channels;
  const { allowPositioning, allowRecovery, forceRecovery, presence } = withoutNamespace;
  assertEquals([allowPositioning, allowRecovery, forceRecovery], [false, false, false]);
  assertEquals(presence, true);
});

Deno.test("loadConfig allows nothing that a file with channels does not allow", async () => {
  const { channels } = await configOf({ file: { channel: {} } });
  const withoutNamespace = { ...CLOSED_CHANNEL, ...HISTORY };
  assertEquals(channels, { withoutNamespace, namespaces: new Map() });
});

Deno.test("loadConfig keeps no history in a namespace that does not ask for it", async () => {
  const { channels } = await configOf({ file: { channel: { namespaces: [{ name: "ab" }] } } });
  assertEquals(channels.namespaces, new Map([["ab", CLOSED_CHANNEL]]));
});

Deno.test("loadConfig lets everybody do everything on loopback when nothing is said", async () => {
  const { client } = await configOf({});
  const open = { allowAnonymousConnectWithoutToken: true, isInsecure: true };
  assertEquals(client, { ...DEFAULT_CLIENT, ...open });
});

/** What is said, whether clients need no token, and whether everybody may do everything. */
const DOORS:
  readonly (readonly [what: string, Parameters<typeof configOf>[0], boolean, boolean])[] = [
    ["a token secret on loopback", { file: SECRET }, true, false],
    ["a token secret in a flag", { args: ["--token-secret", "s"] }, true, false],
    ["a token secret and --no-anonymous", { args: ["--no-anonymous"], file: SECRET }, false, false],
    ["a token secret beyond loopback", { args: ["--host", "0.0.0.0"], file: SECRET }, false, false],
    [
      "a token secret and --anonymous beyond loopback",
      {
        args: ["--host", "0.0.0.0", "--anonymous"],
        file: SECRET,
      },
      true,
      false,
    ],
    ["--anonymous beyond loopback", { args: ["--host", "0.0.0.0", "--anonymous"] }, true, true],
    ["channels on loopback", { file: { channel: {} } }, true, false],
    [
      "keys of subscription tokens",
      {
        file: { client: { subscription_token: { enabled: true, hmac_secret_key: "s" } } },
      },
      true,
      false,
    ],
    [
      "keys of subscription tokens that are not enabled",
      {
        file: { client: { subscription_token: { hmac_secret_key: "s" } } },
      },
      true,
      true,
    ],
    [
      "a JWKS",
      { file: { client: { token: { jwks_public_endpoint: "https://a.com" } } } },
      true,
      false,
    ],
    [
      "channels and client.insecure",
      {
        file: { channel: {}, client: { insecure: true } },
      },
      true,
      true,
    ],
    [
      "anonymous clients forbidden in a file",
      {
        file: { client: { ...SECRET.client, allow_anonymous_connect_without_token: false } },
      },
      false,
      false,
    ],
  ];

for (const [what, started, isAnonymous, isInsecure] of DOORS) {
  Deno.test(`loadConfig derives who may do what from ${what}`, async () => {
    const { client } = await configOf(started);
    assertEquals(
      [client.allowAnonymousConnectWithoutToken, client.isInsecure],
      [isAnonymous, isInsecure],
    );
  });
}

Deno.test("loadConfig gives --anonymous from a file to who asks for the option", async () => {
  const file = { client: { allow_anonymous_connect_without_token: true }, host: "0.0.0.0" };
  assertEquals((await configOf({ file })).anonymous, true);
});
