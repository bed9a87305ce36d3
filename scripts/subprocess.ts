/** What a finished program left behind. */
export interface Captured {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@linkcode capture}. */
export interface CaptureOptions {
  /** Added to the environment of this process. `NO_COLOR` is always set. */
  env?: Record<string, string>;
  cwd?: string;
  /** After so long the program is killed. @default {300_000} */
  timeoutMs?: number;
}

/**
 * Runs a program to its end and gives back all it printed.
 *
 * @returns code 127, as a shell would, when there is no such program.
 */
export async function capture(
  [program, ...args]: readonly [string, ...string[]],
  { env = {}, cwd, timeoutMs = 300_000 }: CaptureOptions = {},
): Promise<Captured> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      env: { NO_COLOR: "1", ...env },
      cwd,
      stdin: "null",
      signal,
    }).output();
    const decoder = new TextDecoder();
    const note = signal.aborted ? `\nstopped after ${timeoutMs / 1000} s` : "";
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) + note };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { code: 127, stdout: "", stderr: `there is no program "${program}" on PATH` };
  }
}
