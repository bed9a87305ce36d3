/**
 * Every file under the given files and folders, sorted by path. What does not exist is left out.
 *
 * @example
 * ```ts
 * const sources = await listFiles(["main.ts", "server"]);
 * ```
 */
export async function listFiles(roots: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const root of roots) {
    const info = await Deno.stat(root).catch(ignoreNotFound);
    if (info?.isFile) found.push(root);
    if (info?.isDirectory) found.push(...await listFiles(await entriesOf(root)));
  }
  return found.sort();
}

/** For `catch`: a missing file is no file, everything else is still an error. */
export function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** The SHA-256 of some bytes in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function entriesOf(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map((entry) => `${folder}/${entry.name}`);
}
