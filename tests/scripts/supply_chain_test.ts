/** What of others goes into the build, and that nothing else can. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { ROOT } from "../helpers/midgard.ts";

interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, { readonly integrity?: string }>>;
}

const LOCK: Lock & Record<string, unknown> = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.lock`));

Deno.test("each package is locked with a SHA-512 of 64 bytes", () => {
  assert(Object.keys(LOCK.npm).length > 10);
  for (const [name, { integrity = "" }] of Object.entries(LOCK.npm)) {
    assertMatch(integrity, /^sha512-[A-Za-z0-9+/]{86}==$/, name);
  }
});

Deno.test("each import is of npm, of one version, and locked", () => {
  for (const [name, target] of Object.entries(config.imports)) {
    const [, specifier = ""] = /^(npm:[^/]+@\d+\.\d+\.\d+)(?:\/|$)/.exec(target) ?? [];
    assert(specifier !== "", `${name} is ${target}`);
    assert(specifier in LOCK.specifiers, `${specifier} is not locked`);
  }
});

Deno.test("nothing is taken from addresses, and no script of a package runs", () => {
  assertEquals(Object.keys(LOCK).sort(), ["npm", "specifiers", "version", "workspace"]);
  for (const key of ["allowScripts", "nodeModulesDir", "vendor", "links"]) {
    assert(!(key in config), `${key} in deno.json`);
  }
  const commands = Object.values(config.tasks).map(({ command }) => command);
  assertEquals(commands.filter((command) => command.includes("--allow-scripts")), []);
});
