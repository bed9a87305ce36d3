/** The faults that a server survives: each is a test in both modes, and a row of one table. */
import { report } from "../../helpers/expectations.ts";
import { forEachMode, type Mode, MODES } from "../../helpers/midgard.ts";

/** One fault, in the words of the README. */
export interface Fault {
  /** What goes wrong. */
  readonly name: string;
  /** What becomes of the server and its clients; the test fails where that is not so. */
  readonly outcome: string;
  /** Why the fault cannot be made to happen here: its tests are ignored, and say so. */
  readonly missing?: string | undefined;
}

/** A fault that another file of tests makes happen. */
export interface FaultElsewhere extends Fault {
  /** The file, from `tests/process/` on. */
  readonly file: string;
  /** The name of a test in it. */
  readonly test: string;
}

/** Every fault, and what was measured of it in this run. */
export class FaultTable {
  readonly faults: Fault[] = [];
  readonly #measured = new Map<string, string>();

  /** Registers a fault's tests; each gives what it measured, in a few words. */
  add(fault: Fault, test: (mode: Mode) => Promise<string>): void {
    this.faults.push(fault);
    const reason = fault.missing === undefined ? "" : `, skipped: ${fault.missing}`;
    forEachMode(`the server survives: ${fault.name}${reason}`, async (mode) => {
      this.#measured.set(`${fault.name} ${mode}`, await test(mode));
    }, { ignore: fault.missing !== undefined });
  }

  /** What this run has shown, a line for each fault and mode. */
  print(): void {
    report("faults and what was measured:");
    for (const { name, missing } of this.faults) {
      for (const mode of MODES) {
        const measured = this.#measured.get(`${name} ${mode}`);
        const state = measured === undefined ? "not shown" : "survived";
        report(`${state} | ${name} | ${mode} | ${measured ?? missing ?? "failed or not run"}`);
      }
    }
  }
}

/** The rows of the table below a heading of the README, each as its cells. */
export function rowsBelow(readme: string, heading: string): string[][] {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const lines = section.split("\n## ")[0]!.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(1).map((line) => line.slice(2, -2).split(" | "));
}
