import type { Draft, Version } from "./history_log.ts";

/** The version that a draft is to be checked by; 0 is none. */
export function versionOf({ version }: Pick<Draft, "version">): Version | undefined {
  return version !== undefined && version.number > 0 ? version : undefined;
}

/**
 * Whether one of the drafts of a group is not newer than the last that was stored, or than one before
 * it in the group.
 */
export function isStale(drafts: readonly Draft[], last: Version | undefined): boolean {
  let newest = last;
  for (const draft of drafts) {
    const version = versionOf(draft);
    if (version === undefined) continue;
    if (version.epoch === newest?.epoch && version.number <= newest.number) return true;
    newest = version;
  }
  return false;
}
