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
  readonly elsewhere: FaultElsewhere[] = [];
  readonly #measured = new Map<string, string>();

  /** Registers a fault's tests; each gives what it measured, in a few words. */
  add(fault: Fault, test: (mode: Mode) => Promise<string>): void {
    this.faults.push(fault);
    const reason = fault.missing === undefined ? "" : `, skipped: ${fault.missing}`;
    forEachMode(`the server survives: ${fault.name}${reason}`, async (mode) => {
      this.#measured.set(`${fault.name} ${mode}`, await test(mode));
    }, { ignore: fault.missing !== undefined });
  }

  /** Registers a fault whose tests are in another file. */
  addElsewhere(fault: FaultElsewhere): void {
    this.elsewhere.push(fault);
  }

  /** The table as this run has shown it, in the README's form. */
  print(): void {
    report("| fault | what becomes of it | measured, or where it is tested |");
    for (const { name, outcome, missing } of this.faults) {
      const measured = MODES.map((mode) => {
        const shown = this.#measured.get(`${name} ${mode}`);
        return `${mode}: ${shown ?? `NOT SHOWN, ${missing ?? "failed or not run"}`}`;
      });
      report(`| ${name} | ${outcome} | ${measured.join("; ")} |`);
    }
    for (const { name, outcome, file } of this.elsewhere) {
      report(`| ${name} | ${outcome} | \`${file}\` |`);
    }
  }
}

/** The rows of the table below a heading of the README, each as its cells. */
export function rowsBelow(readme: string, heading: string): string[][] {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const lines = section.split("\n## ")[0]!.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(1).map((line) => line.slice(2, -2).split(" | "));
}
