import { assertEquals, assertMatch } from "@std/assert";
import { commitOf } from "../../../scripts/compile/commit.ts";
import { capture } from "../../../scripts/subprocess.ts";

async function git(folder: string, ...args: string[]): Promise<void> {
  const identity = [
    "-c",
    "user.name=t",
    "-c",
    "user.email=t@example.org",
    "-c",
    "commit.gpgsign=false",
  ];
  const { code, stderr } = await capture(["git", "-C", folder, ...identity, ...args]);
  assertEquals(code, 0, stderr);
}

Deno.test("commitOf is unknown outside a checkout and before the first commit", async () => {
  const folder = await Deno.makeTempDir();
  assertEquals(await commitOf(folder), "unknown");
  await git(folder, "init", "--quiet");
  assertEquals(await commitOf(folder), "unknown");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("commitOf is the short commit, and says when the sources differ from it", async () => {
  const folder = await Deno.makeTempDir();
  await git(folder, "init", "--quiet");
  await Deno.writeTextFile(`${folder}/a`, "1");
  await git(folder, "add", "a");
  await git(folder, "commit", "--quiet", "--message", "first");
  const clean = await commitOf(folder);
  assertMatch(clean, /^[0-9a-f]{7,}$/);
  await Deno.writeTextFile(`${folder}/a`, "22");
  assertEquals(await commitOf(folder), `${clean}-dirty`);
  await Deno.remove(folder, { recursive: true });
});
