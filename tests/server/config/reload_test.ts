import { assert, assertEquals } from "@std/assert";
import { reloadConfig } from "../../../server/config/mod.ts";
import { configOf, FILE, inputs, type Started } from "./loading.ts";

/** What a server that was started with `before` makes of `now`. */
async function reload(before: Started, now: Started) {
  return await reloadConfig(await configOf(before), inputs(now));
}

async function reloaded(before: Started, now: Started) {
  const result = await reload(before, now);
  assert(result.kind === "reloaded", JSON.stringify(result));
  return result;
}

const SECRET = { token: { hmac_secret_key: "s3cret" } };

Deno.test("reloadConfig changes nothing where nothing has changed", async () => {
  const started = { args: ["--port", "1"], file: { client: SECRET, channel: {} } };
  const { config, needRestart } = await reloaded(started, started);
  assertEquals(config, await configOf(started));
  assertEquals(needRestart, []);
});

Deno.test("reloadConfig takes new tokens, limits, namespaces, origins, keys and levels", async () => {
  const now = {
    file: {
      channel: { namespaces: [{ name: "ab", presence: true }] },
      client: { ...SECRET, channel_limit: 5, connection_limit: 7, allowed_origins: ["*"] },
      http_api: { key: "k3y" },
      log: { level: "debug" },
    },
  };
  const { config, needRestart } = await reloaded({ file: {} }, now);
  assertEquals(config, await configOf(now));
  assertEquals(needRestart, []);
});

Deno.test("reloadConfig keeps what takes a restart, and names it", async () => {
  const before = { file: { port: 1, data: "memory", log: { format: "json", level: "info" } } };
  const now = {
    file: {
      ...{ port: 2, data: "other.db", durability: "disk", public: "dist", bind_timeout: "1s" },
      stop: { drain_delay: "1s", drain_window: "1s", close_timeout: "1s", timeout: "9s" },
      log: { format: "pretty", level: "error" },
    },
  };
  const { config, needRestart } = await reloaded(before, now);
  assertEquals(config, { ...await configOf(before), logLevel: "error" });
  assertEquals(needRestart.toSorted(), [
    ...["bind_timeout", "data", "durability", "log.format", "port", "public"],
    ...["stop.close_timeout", "stop.drain_delay", "stop.drain_window", "stop.timeout"],
  ]);
});

Deno.test("reloadConfig leaves a configuration in force that would be refused", async () => {
  const result = await reload({ file: {} }, { file: { client: { insecure: 5 } } });
  assert(result.kind === "refused");
  assertEquals(result.problems, [
    `Cannot start as "${FILE}: client.insecure" must be true or false: current value is 5`,
  ]);
});

Deno.test("reloadConfig lets nobody in by an address that is not listened on yet", async () => {
  const before = { file: { host: "0.0.0.0", client: SECRET } };
  const { config, needRestart } = await reloaded(before, { file: { client: SECRET } });
  assertEquals([config.host, needRestart], ["0.0.0.0", ["host"]]);
  assertEquals(config.client.allowAnonymousConnectWithoutToken, false);
});

Deno.test("reloadConfig refuses to open a server to everybody by leaving out its secret", async () => {
  const before = { file: { host: "0.0.0.0", client: SECRET } };
  const result = await reload(before, { file: {} });
  assert(result.kind === "refused" && result.problems[0]?.startsWith("Cannot listen on 0.0.0.0"));
});

Deno.test("reloadConfig lets a flag win over a file that has changed", async () => {
  const args = ["--log-level", "warning"];
  const { config } = await reloaded({ args, file: {} }, {
    args,
    file: { log: { level: "debug" } },
  });
  assertEquals(config.logLevel, "warning");
});
