/** Counts what one subscriber gets, to the last message: numbers that ascend by one. */
export class Tally {
  received = 0;
  /** Messages that were not the next one: behind a loss, doubled or out of order. */
  misplaced = 0;
  #next: number;

  /** `first` is the number of the first message. */
  constructor(first: number) {
    this.#next = first;
  }

  /** Takes the number of a message. */
  take(number: number): void {
    if (number !== this.#next) this.misplaced += 1;
    this.#next = number + 1;
    this.received += 1;
  }
}
