import type { Mode } from "../../tests/helpers/midgard.ts";
import { MODES } from "../../tests/helpers/midgard.ts";
import type { Limits } from "./machine.ts";
import type { Row } from "./row.ts";

/** One thing that is measured. */
export interface Benchmark {
  readonly name: string;
  /** One line, for people. */
  readonly about: string;
  /** Measures. Throws when it cannot, never because a goal is missed. */
  run(context: BenchmarkContext): Promise<Row[]>;
}

/** What a benchmark is told. */
export interface BenchmarkContext {
  /** How often to measure each contestant; what is quick is measured a multiple of it. */
  readonly rounds: number;
  readonly limits: Limits;
  /** Whether to measure also what takes long or needs programs of others. */
  readonly isFull: boolean;
  /** Tells people how far it is. */
  readonly say: (line: string) => void;
  /** Tells people what is not measured, and why; it is counted at the end. */
  readonly skip: (reason: string) => void;
}

/** The rows of both modes: what holds from source need not hold compiled. */
export async function inEachMode(
  context: BenchmarkContext,
  run: (mode: Mode, context: BenchmarkContext) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const mode of MODES) {
    const say = (line: string) => context.say(`${mode}, ${line}`);
    rows.push(...await run(mode, { ...context, say }));
  }
  return rows;
}

/**
 * Measures every contestant once a round, in turns, so that whatever else the machine does hits
 * all of them alike. Each round begins with another one: what runs first has the colder caches.
 *
 * @returns The measurements of each contestant, round by round.
 */
export async function inTurns<Name extends string, T>(
  { rounds, say }: Pick<BenchmarkContext, "rounds" | "say">,
  contestants: Readonly<Record<Name, () => Promise<T>>>,
): Promise<Record<Name, T[]>> {
  const names = Object.keys(contestants) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    T[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      if (name === undefined) continue;
      const value = await contestants[name]();
      measured[name].push(value);
      say(`round ${round + 1} of ${rounds}: ${name} ${JSON.stringify(value)}`);
    }
  }
  return measured;
}

/** One property of every measurement. */
export function column<T, Key extends keyof T>(measured: readonly T[], key: Key): T[Key][] {
  return measured.map((value) => value[key]);
}
