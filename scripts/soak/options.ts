import { parseArgs } from "@std/cli/parse-args";
import type { Mode } from "../../tests/helpers/midgard.ts";

/** What is wished for. */
export interface SoakOptions {
  readonly durationMs: number;
  readonly mode: Mode;
  readonly isJson: boolean;
  /** Further options of `serve`, behind `--`. */
  readonly serverArgs: readonly string[];
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** Below it there is no time for a stop, a kill and what comes between. */
const LEAST_MS = 10_000;
const MOST_MS = 7 * 24 * UNITS_MS["h"]!;

/** @throws {TypeError} and {@linkcode RangeError} when that cannot be wished for. */
export function soakOptions(args: readonly string[]): SoakOptions {
  const wish = parseArgs([...args], {
    boolean: ["json", "compiled"],
    string: ["for"],
    default: { for: "1h" },
    "--": true,
    unknown: (arg: string) => {
      throw new TypeError(
        `Cannot soak as an option must be --for, --compiled or --json: current value is "${arg}"`,
      );
    },
  });
  return {
    durationMs: durationOf(wish.for),
    mode: wish.compiled ? "compiled" : "source",
    isJson: wish.json,
    serverArgs: wish["--"],
  };
}

function durationOf(text: string): number {
  const [, number, unit = ""] = /^(\d+)([smh])$/.exec(text) ?? [];
  const durationMs = Number(number) * (UNITS_MS[unit] ?? NaN);
  if (durationMs >= LEAST_MS && durationMs <= MOST_MS) return durationMs;
  throw new RangeError(
    `Cannot soak as "--for" must be a duration from 10s to 168h, such as 5m: ` +
      `current value is "${text}"`,
  );
}
