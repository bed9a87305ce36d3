/** What a message is among those that came before it. */
export type Arrival = "next" | "late" | "repeated";

/** Sequence numbers of one publisher that have not come, though a later one has. */
interface Gap {
  readonly slot: number;
  first: number;
  last: number;
}

/** Gaps of one subscriber that are remembered; what fills one that was forgotten is "repeated". */
const MAX_GAPS = 64;

/**
 * Tells a subscriber's messages that come in order from those that come late or once more: each
 * publisher numbers its messages from 0. Remembers a number for each publisher and a few gaps.
 */
export class SequenceTracker {
  readonly #next: Float64Array;
  readonly #gaps: Gap[] = [];

  /** @param publishers How many there are in the channel. */
  constructor(publishers: number) {
    this.#next = new Float64Array(publishers);
  }

  /** Takes the message of a publisher; `slot` is which one it is, from 0. */
  take(slot: number, sequence: number): Arrival {
    const next = this.#next[slot] ?? 0;
    if (sequence < next) return this.#fill(slot, sequence) ? "late" : "repeated";
    if (sequence > next) this.#remember({ slot, first: next, last: sequence - 1 });
    this.#next[slot] = sequence + 1;
    return "next";
  }

  #remember(gap: Gap): void {
    if (this.#gaps.length >= MAX_GAPS) this.#gaps.shift();
    this.#gaps.push(gap);
  }

  /** Takes a number out of the gap it is in; false if it is in none. */
  #fill(slot: number, sequence: number): boolean {
    const index = this.#gaps.findIndex((gap) =>
      gap.slot === slot && gap.first <= sequence && sequence <= gap.last
    );
    const gap = this.#gaps[index];
    if (gap === undefined) return false;
    if (sequence > gap.first) {
      const { last } = gap;
      gap.last = sequence - 1;
      if (sequence < last) this.#remember({ slot, first: sequence + 1, last });
      return true;
    }
    gap.first += 1;
    if (gap.first > gap.last) this.#gaps.splice(index, 1);
    return true;
  }
}
