/** Descriptors that a process needs besides its connections: files, pipes, the listener. */
const RESERVE = 64;

/** Above this many connections somebody has thought about limits, and the probe would be a load. */
const MOST_PROBED = 50_000;

/** Opened between two turns of the event loop; about 8 ms of work. */
const CHUNK = 200;

/**
 * Whether the process may open `connections` descriptors, found out by opening as many files: the
 * limit itself cannot be read without all permissions. In chunks, so that clients are served in
 * between; at the first refusal everything is closed in the same turn, before anyone else can miss
 * a descriptor.
 *
 * @returns undefined if it may, else about how many connections it can have.
 */
export async function missingDescriptors(connections: number): Promise<number | undefined> {
  if (Deno.build.os === "windows" || connections > MOST_PROBED) return undefined;
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < connections + RESERVE) {
      for (let opened = 0; opened < CHUNK; opened += 1) files.push(Deno.openSync("/dev/null"));
      await new Promise<void>((resolve) => setTimeout(resolve));
    }
    return undefined;
  } catch {
    return Math.max(0, files.length - RESERVE);
  } finally {
    for (const file of files) file.close();
  }
}
