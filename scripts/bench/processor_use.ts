import { capture } from "../subprocess.ts";

/** Of the clock in which Linux counts processor time. */
const TICKS_PER_SECOND = 100;

/**
 * Seconds of processor time that a process has used, in all its threads. Linux only. The runtime
 * reads /proc with all permissions; another program needs none.
 */
export async function processorSecondsOf(pid: number): Promise<number> {
  const path = `/proc/${pid}/stat`;
  const { stdout } = await capture(["cat", path]);
  // The name of the program, in parentheses, may hold spaces: fields are counted from behind it.
  const fields = stdout.slice(stdout.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  if (Number.isFinite(user + system)) return (user + system) / TICKS_PER_SECOND;
  throw new Error(`Cannot read the processor time of a process in ${path}`);
}

/** Which core each part of a load has; with two cores the publisher shares that of the crowd. */
export const CORES = coresOf(navigator.hardwareConcurrency);

interface Cores {
  readonly server?: number;
  readonly crowd?: number;
  readonly publisher?: number;
}

/** Nothing is confined where there is one core, or no Linux. */
export function coresOf(count: number, system: string = Deno.build.os): Cores {
  if (count < 2 || system !== "linux") return {};
  return { server: 0, crowd: 1, publisher: count > 2 ? 2 : 1 };
}

/** A core as an option of a program. */
export function onCore(core: number | undefined): { readonly core?: number } {
  return core === undefined ? {} : { core };
}
