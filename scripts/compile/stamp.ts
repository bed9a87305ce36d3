import { ignoreNotFound } from "../files.ts";

/** What the last build of an executable was made of, and what was measured then. */
export interface Stamp {
  readonly fingerprint: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** The base runtime inside, as one line for people. */
  readonly runtime: string;
  /** Missing where the executable is for another machine. */
  readonly startUpMs?: number;
}

/**
 * The stamp of an executable, if that is still exactly what the stamped build left: same inputs,
 * and a file nobody has written to since.
 */
export async function currentStamp(
  executable: string,
  fingerprint: string,
): Promise<Stamp | undefined> {
  const info = await Deno.stat(executable).catch(ignoreNotFound);
  const text = await Deno.readTextFile(stampPath(executable)).catch(ignoreNotFound);
  if (!info || !text) return undefined;
  const stamp: Stamp = JSON.parse(text);
  const isCurrent = stamp.fingerprint === fingerprint && stamp.sizeBytes === info.size &&
    stamp.modifiedMs === info.mtime?.getTime();
  return isCurrent ? stamp : undefined;
}

/** Writes down what an executable that has just been built was made of. */
export async function writeStamp(
  executable: string,
  built: Pick<Stamp, "fingerprint" | "runtime" | "startUpMs">,
): Promise<Stamp> {
  const { size, mtime } = await Deno.stat(executable);
  const stamp = { ...built, sizeBytes: size, modifiedMs: mtime?.getTime() ?? 0 };
  await Deno.writeTextFile(stampPath(executable), JSON.stringify(stamp));
  return stamp;
}

function stampPath(executable: string): string {
  return `.build/${executable.replaceAll(/[^\w.-]/g, "_")}.json`;
}
