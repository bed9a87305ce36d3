/**
 * The flags a `deno run` command gives its script: permissions, and whatever else must hold in the
 * executable too. The start task is their one home; the build reads them there.
 *
 * @example
 * ```ts
 * runFlags("deno run --no-prompt --allow-net main.ts serve", "main.ts");
 * // ["--no-prompt", "--allow-net"]
 * ```
 *
 * @throws {TypeError} if the command is not of that form.
 */
export function runFlags(command: string, script: string): string[] {
  const words = command.split(/\s+/);
  const end = words.indexOf(script);
  const flags = words.slice(2, end);
  const isRun = words[0] === "deno" && words[1] === "run" && end >= 2;
  if (!isRun || !flags.every((flag) => flag.startsWith("--"))) {
    throw new TypeError(
      `Cannot read the permissions as the command must be "deno run --<flag>... ${script}": current value is "${command}"`,
    );
  }
  return flags;
}
