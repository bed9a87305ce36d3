import { capture } from "../subprocess.ts";
import { baselineCommand } from "./build.ts";
import { rounded } from "./figures.ts";
import { Program } from "./program.ts";

/** What this machine allows. */
export interface Limits {
  /** Descriptors one process may have. */
  readonly descriptors: number;
  /** Idle clients to measure with: 10 000, or as many as the descriptors allow. */
  readonly clients: number;
  readonly isScaledDown: boolean;
}

/** Where it was measured, for whoever reads the figures. */
export interface Machine {
  readonly system: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Version of the runtime that runs sources. */
  readonly deno: string;
  /** Version of the runtime in executables: it may be another one. */
  readonly compiledDeno: string;
  readonly descriptors: number;
  /** Work that others did: the load averages when the run began. */
  readonly loadAverage: readonly number[];
}

const WANTED_CLIENTS = 10_000;

/** Descriptors a process needs besides its connections. */
const SPARE_DESCRIPTORS = 200;

/** More than any benchmark needs; some systems have no limit to read. */
const MOST_DESCRIPTORS = 32_768;

/** Asks a shell, as the runtime cannot tell. */
export async function readLimits(): Promise<Limits> {
  const { stdout } = await capture(["sh", "-c", "ulimit -Hn"]);
  const hard = Number(stdout.trim()) || MOST_DESCRIPTORS;
  const descriptors = Math.min(hard, MOST_DESCRIPTORS);
  const clients = Math.min(WANTED_CLIENTS, descriptors - SPARE_DESCRIPTORS);
  return { descriptors, clients, isScaledDown: clients < WANTED_CLIENTS };
}

/** Describes the machine, and compiles on the way. */
export async function describeMachine({ descriptors }: Limits): Promise<Machine> {
  return {
    system: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    cores: navigator.hardwareConcurrency,
    memoryGiB: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    deno: Deno.version.deno,
    compiledDeno: await compiledVersion(),
    descriptors,
    loadAverage: Deno.loadavg().map(rounded),
  };
}

/** The machine in two sentences. */
export function machineText(machine: Machine): string {
  const { system, cores, memoryGiB, deno, compiledDeno, descriptors, loadAverage } = machine;
  return `${system}, ${cores} cores, ${memoryGiB} GiB, ${descriptors} descriptors a process; ` +
    `source on Deno ${deno}, compiled on Deno ${compiledDeno}. ` +
    `Load average at the start: ${loadAverage.join(", ")}${isBusy(machine) ? BUSY : ""}.`;
}

const BUSY = ": others were at work, so expect wide spreads";

function isBusy({ loadAverage: [lastMinute = 0], cores }: Machine): boolean {
  return lastMinute > cores / 4;
}

/** What the executables say themselves: the base runtime may come from anywhere. */
async function compiledVersion(): Promise<string> {
  await using program = new Program(await baselineCommand("empty", "compiled"));
  return String((await program.line("ready")).deno);
}
