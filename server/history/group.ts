import type { Appended, Draft } from "./history_log.ts";

/** Drafts that are stored together, all or none: one behind the other, in the order of offsets. */
export interface Group {
  /** Its idempotency is that of all of them. */
  readonly first: Draft;
  /** With the first one. */
  readonly drafts: readonly Draft[];
}

/**
 * Goes through the groups of a batch in their order; a draft that stands alone is a group of one.
 *
 * @param append Gives what became of a group's first draft.
 * @returns One outcome for each draft.
 */
export function appendInGroups(
  batch: readonly Draft[],
  append: (group: Group) => Appended,
): readonly Appended[] {
  return groupsOf(batch).flatMap((group) => {
    const first = append(group);
    return group.drafts.map((_, index) => outcomeAt(index, first));
  });
}

function groupsOf(batch: readonly Draft[]): readonly Group[] {
  const groups: { readonly first: Draft; readonly drafts: Draft[] }[] = [];
  for (const draft of batch) {
    const group = draft.isWithPrevious === true ? groups.at(-1) : undefined;
    if (group === undefined) groups.push({ first: draft, drafts: [draft] });
    else group.drafts.push(draft);
  }
  return groups;
}

/** What became of the draft at `index` of a group, by what became of the first one. */
export function outcomeAt(index: number, first: Appended): Appended {
  if (index === 0 || (first.kind !== "stored" && first.kind !== "repeated")) return first;
  const { kind, position: { epoch, offset } } = first;
  return { kind, position: { epoch, offset: offset + index } };
}
