import { capture } from "../subprocess.ts";
import { ignoreNotFound } from "../files.ts";

/**
 * The commit the sources in this folder are at: short, with `-dirty` where tracked files differ
 * from it. `unknown` where the folder is not itself the top of a checkout.
 */
export async function commitOf(folder: string): Promise<string> {
  if (!await Deno.stat(`${folder}/.git`).catch(ignoreNotFound)) return "unknown";
  const { code, stdout } = await capture(
    ["git", "describe", "--always", "--dirty", "--exclude=*"],
    { cwd: folder, env: { GIT_OPTIONAL_LOCKS: "0" } },
  );
  return code === 0 ? stdout.trim() : "unknown";
}
