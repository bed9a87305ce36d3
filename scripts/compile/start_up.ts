/**
 * How long an executable takes from the start of its process to the exit, in milliseconds: the
 * median of some runs.
 *
 * @throws {Error} if a run fails.
 */
export async function startUpMs(path: string, args: string[], runs = 5): Promise<number> {
  const durations: number[] = [];
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now();
    const { success, stderr } = await new Deno.Command(path, {
      args,
      stdin: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    durations.push(performance.now() - startedAt);
    if (!success) {
      throw new Error(`Cannot run ${path} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
    }
  }
  return median(durations);
}

/** The middle value, or the mean of the two middle ones; `NaN` of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}
