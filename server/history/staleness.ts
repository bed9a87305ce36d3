import type { Draft, Version } from "./history_log.ts";

/** The version that a draft is to be checked by; 0 is none. */
export function versionOf({ version }: Pick<Draft, "version">): Version | undefined {
  return version !== undefined && version.number > 0 ? version : undefined;
}

/** Whether a draft of a version is not newer than the last that was stored. */
export function isStale(version: Version | undefined, last: Version | undefined): boolean {
  if (version === undefined || last === undefined) return false;
  return version.epoch === last.epoch && version.number <= last.number;
}
