/** How `deno compile` with the official base runtime ended. */
export type OfficialOutcome =
  | { kind: "compiled" }
  | { kind: "unreachable"; reason: string }
  | { kind: "failed"; output: string };

const COMPILE_TIMEOUT_MS = 300_000;
const PROBE_TIMEOUT_MS = 10_000;

/**
 * Runs `deno compile` of the running Deno, which downloads its base runtime the first time.
 *
 * A download may be slow and still succeed, so the short deadline is not on it: as soon as the
 * compiler names the address, that address is asked for its headers, and the compiler is stopped
 * when they do not come.
 */
export async function compileOfficially(args: readonly string[]): Promise<OfficialOutcome> {
  const giveUp = new AbortController();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["compile", ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.any([giveUp.signal, AbortSignal.timeout(COMPILE_TIMEOUT_MS)]),
  }).spawn();

  let output = "";
  let probe: Promise<string | undefined> | undefined;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    output += text;
    const address = downloadAddress(output);
    if (address) probe ??= faultOf(address, () => giveUp.abort());
  }
  if ((await child.status).success) return { kind: "compiled" };
  const reason = await probe;
  return reason ? { kind: "unreachable", reason } : { kind: "failed", output };
}

/** The address the compiler says it downloads its base runtime from, once it has said it. */
export function downloadAddress(output: string): string | undefined {
  return output.match(/^Download (https:\S+)\s/m)?.[1];
}

async function faultOf(address: string, onFault: () => void): Promise<string | undefined> {
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  const fault = await fetch(address, { method: "HEAD", signal }).then(
    (response) => response.ok ? undefined : `${address} answers ${response.status}`,
    (error: Error) => `${new URL(address).host}: ${connectionFault(error)}`,
  );
  if (fault) onFault();
  return fault;
}

/** What the outermost messages only wrap: `dns error: ...`, `tcp connect error: ...`. */
function connectionFault({ message, cause }: Error): string {
  return cause instanceof Error ? connectionFault(cause) : message.replace(/^.*\(Connect\): /, "");
}
