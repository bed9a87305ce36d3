import process from "node:process";

/** Seconds of processor time that this process has used, in all its threads. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}
