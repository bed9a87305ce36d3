import { capture } from "../subprocess.ts";

const LOOK_EVERY_MS = 200;
const LOOKS = 50;

/** Memory is settled when this many looks in a row differ by less than this many bytes. */
const STEADY_LOOKS = 5;
const STEADY_BYTES = 262_144;

/** Waits, 10 s at most, until a process takes no more memory, and gives its resident bytes. */
export async function settledMemory(pid: number): Promise<number> {
  let reference = await residentBytes(pid);
  for (let look = 0, steady = 0; look < LOOKS && steady < STEADY_LOOKS; look++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const bytes = await residentBytes(pid);
    steady = Math.abs(bytes - reference) < STEADY_BYTES ? steady + 1 : 0;
    if (steady === 0) reference = bytes;
  }
  return await residentBytes(pid);
}

/** Linux only. The runtime reads /proc with all permissions; another program needs none. */
async function residentBytes(pid: number): Promise<number> {
  const path = `/proc/${pid}/status`;
  const { stdout } = await capture(["cat", path]);
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(stdout)?.[1];
  if (kibibytes === undefined) throw new Error(`Cannot read the memory of a process in ${path}`);
  return Number(kibibytes) * 1_024;
}
