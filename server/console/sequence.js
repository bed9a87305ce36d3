/** Counts what is missing and what comes twice, from nothing but the offsets that arrive. */
export class Sequence {
  #epoch = "";
  #last = 0;
  #isPlaced = false;
  /** Publications that did not come, and those that came again. */
  missing = 0;
  repeated = 0;
  received = 0;

  get epoch() {
    return this.#epoch;
  }

  /** The offset of the newest publication, or of the place that it began at. */
  get offset() {
    return this.#last;
  }

  get isPlaced() {
    return this.#isPlaced;
  }

  /**
   * It goes on from a place in the log. The first is where it begins; a later one that is not where
   * it stands has lost what lies between. Gives how many those are, if both are in one epoch.
   */
  place(epoch, offset) {
    const isSame = this.#isPlaced && epoch === this.#epoch;
    const lost = isSame ? Math.max(0, offset - this.#last) : 0;
    this.missing += lost;
    this.#isPlaced = true;
    this.#epoch = epoch;
    this.#last = isSame ? Math.max(offset, this.#last) : offset;
    return lost;
  }

  /** A publication came; gives how many are missing before it, or -1 if it came again. */
  take(offset) {
    this.received += 1;
    // Without a history there are no offsets, and nothing to be counted by.
    if (!offset) return 0;
    if (offset <= this.#last) {
      this.repeated += 1;
      return -1;
    }
    const missing = this.#isPlaced ? offset - this.#last - 1 : 0;
    this.missing += missing;
    this.#last = offset;
    this.#isPlaced = true;
    return missing;
  }
}
