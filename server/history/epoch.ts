/** A name for one life of a log: short, because every position carries it. */
export function newEpoch(): string {
  return crypto.randomUUID().slice(0, 8);
}
