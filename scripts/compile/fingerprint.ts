import { listFiles, sha256 } from "../files.ts";

/**
 * One hash over everything a build depends on: the given files and folders, by path and content,
 * and the given facts (versions, target, commit) in their order.
 */
export async function fingerprint(
  roots: readonly string[],
  facts: readonly string[],
): Promise<string> {
  const files = await Promise.all(
    (await listFiles(roots)).map(async (path) => [path, await sha256(await Deno.readFile(path))]),
  );
  return await sha256(new TextEncoder().encode(JSON.stringify([facts, files])));
}
