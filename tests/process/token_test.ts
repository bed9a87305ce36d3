import { assertEquals, assertStringIncludes } from "@std/assert";
import { JwtVerifier } from "../../server/auth/mod.ts";
import { NO_TOKEN_KEYS } from "../../server/config/mod.ts";
import type { Mode } from "../helpers/midgard.ts";
import { commandLine, forEachMode, ROOT } from "../helpers/midgard.ts";

/** Runs `midgard token --user 42`, with this secret in the environment. */
async function token(mode: Mode, secret: string) {
  const [program = "", ...words] = commandLine({ mode });
  const command = mode === "compiled" ? [] : words.slice(0, words.indexOf("serve"));
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...command, "token", "--user", "42"],
    env: { MIDGARD_TOKEN_SECRET: secret },
    cwd: ROOT,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

forEachMode("midgard token signs with the secret of the environment", async (mode) => {
  const { code, stdout, stderr } = await token(mode, "secret");
  assertEquals([code, stderr], [0, ""]);
  const connection = { ...NO_TOKEN_KEYS, hmacSecretKey: "secret" };
  const verifier = new JwtVerifier({ connection, subscription: undefined });
  assertEquals((await verifier.verifyConnection(stdout.trim())).kind, "valid");
});

forEachMode("midgard token without a secret exits 2", async (mode) => {
  const { code, stdout, stderr } = await token(mode, "");
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "MIDGARD_TOKEN_SECRET");
});
