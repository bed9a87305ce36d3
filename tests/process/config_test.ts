import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Mode } from "../helpers/midgard.ts";
import { commandLine, forEachMode, Midgard, ROOT } from "../helpers/midgard.ts";

/** A folder with a `midgard.json`, removed when the test is over. */
async function folderWith(file: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  await Deno.writeTextFile(`${path}/midgard.json`, file);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Runs `midgard config` with these arguments. */
async function config(mode: Mode, ...args: string[]) {
  const [program = "", ...words] = commandLine({ mode });
  const command = mode === "compiled" ? [] : words.slice(0, words.indexOf("serve"));
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...command, "config", ...args],
    cwd: ROOT,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

forEachMode("a configuration file is obeyed, and a flag wins over it", async (mode) => {
  await using folder = await folderWith(`{
    // a comment
    "data": "memory",
    "log": { "level": "debug", },
    "client": { "token": { "hmac_secret_key": "s3cret" } },
  }`);
  const args = ["--config", "midgard.json", "--log-level", "info"];
  await using server = await Midgard.start({ mode, args, cwd: folder.path });
  const { history } = await (await fetch(`http://127.0.0.1:${server.port}/healthz`)).json();
  assertEquals(history.data, "memory");
  assertEquals((await server.stop()).code, 0);
});

forEachMode(
  "a wrong configuration file is refused with code 2, all of it at once",
  async (mode) => {
    await using folder = await folderWith(`{ "hots": "::1", "client": { "insecure": "yes" } }`);
    const env = { MIDGARD_CONFIG: "midgard.json" };
    await using server = Midgard.spawn({ mode, env, cwd: folder.path });
    assertEquals((await server.exit()).code, 2);
    for (
      const part of ["midgard.json: hots", "did you mean host", "midgard.json: client.insecure"]
    ) {
      assertStringIncludes(`${server.log}`, part);
    }
  },
);

forEachMode("a configuration file that is not there is refused with code 2", async (mode) => {
  await using server = Midgard.spawn({ mode, args: ["--config", "not-here.json"] });
  assertEquals((await server.exit()).code, 2);
  assertMatch(`${server.log}`, /"--config" must be a file that can be read.*not-here\.json/);
});

forEachMode("midgard config checks, prints and describes", async (mode) => {
  await using folder = await folderWith(`{ "port": 9000 }`);
  const file = `${folder.path}/midgard.json`;
  assertEquals(await config(mode, "--check", file), {
    code: 0,
    stdout: `${file}: ok\n`,
    stderr: "",
  });
  const { stdout } = await config(mode, "--print", "--config", file);
  assertMatch(stdout, /^port +9000 +.*midgard\.json: port$/m);
  const { properties } = JSON.parse((await config(mode, "--schema")).stdout);
  assertEquals(properties.port.type, "integer");
  assertEquals((await config(mode, "--frobnicate")).code, 2);
});
