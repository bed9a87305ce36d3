import { type Protocol, PROTOCOLS } from "./dialect.ts";

/** Writes one JSON line to standard error, where the benchmark reads what its processes do. */
export function report(event: string, fields: Readonly<Record<string, unknown>>): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify({ event, ...fields })}\n`);
  Deno.stderr.writeSync(bytes);
}

/** The numbers a crowd is started with, by name: `--port 8000 --clients 100`. */
export function numbers<Name extends string>(...names: Name[]): Record<Name, number> {
  const values = names.map((name) => {
    const value = Number(Deno.args[Deno.args.indexOf(`--${name}`) + 1]);
    if (Deno.args.includes(`--${name}`) && Number.isFinite(value)) return [name, value];
    throw new TypeError(`Cannot start as "--${name}" must be a number: it is missing`);
  });
  return Object.fromEntries(values);
}

/** What a crowd is to speak: `--protocol centrifuge`. */
export function protocolArgument(): Protocol {
  const value = Deno.args[Deno.args.indexOf("--protocol") + 1];
  const protocol = PROTOCOLS.find((protocol) => protocol === value);
  if (protocol !== undefined) return protocol;
  throw new TypeError(
    `Cannot start as "--protocol" must be one of ${
      PROTOCOLS.join(", ")
    }: current value is ${value}`,
  );
}

/** No crowd outlives its benchmark by much, whatever happens to that. */
export function exitAfter(seconds: number): void {
  Deno.unrefTimer(setTimeout(() => Deno.exit(1), seconds * 1_000));
}
