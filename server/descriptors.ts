/** Descriptors that a process needs besides its connections: files, pipes, the listener. */
const RESERVE = 64;

/**
 * Descriptors that are tried at most: 256 and 1024 are what systems set unasked, anything above
 * was set by somebody. Each costs about 40 µs.
 */
const MOST_TRIED = 2_048;

/**
 * Whether the process may open `connections` descriptors, found out by opening as many files: the
 * limit itself cannot be read without all permissions. All in one turn of the event loop, so that
 * no client can miss a descriptor meanwhile.
 *
 * @returns undefined if it may, as far as that is tried, else about how many connections it can have.
 */
export function missingDescriptors(connections: number): number | undefined {
  if (Deno.build.os === "windows") return undefined;
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < Math.min(connections + RESERVE, MOST_TRIED)) {
      files.push(Deno.openSync("/dev/null"));
    }
    return undefined;
  } catch {
    return Math.max(0, files.length - RESERVE);
  } finally {
    for (const file of files) file.close();
  }
}
