/** The newest messages of a channel, bounded by number and size, and those of them that match. */

const MAX_MESSAGES = 100_000;
/** Characters of all messages together. */
const MAX_CHARACTERS = 64 * 1024 * 1024;
/** How many dropped messages are kept in the array before it is made shorter. */
const SLACK = 8_192;

export class MessageStore {
  #max;
  #items = [];
  #head = 0;
  /** Numbers go up by one with each message, and down with each that is put before the first. */
  #nextSeq = 1;
  #characters = 0;
  #filter = "";
  /** The numbers of those that match; null without a filter. */
  #matches = null;
  /** How many were dropped to make room. */
  dropped = 0;

  constructor({ max = MAX_MESSAGES } = {}) {
    this.#max = max;
  }

  /** How many there are, whether they match or not. */
  get total() {
    return this.#items.length - this.#head;
  }

  /** How many match. */
  get size() {
    return this.#matches === null ? this.total : this.#matches.length;
  }

  /** Whether what is older has no room. */
  get isFull() {
    return this.total >= this.#max || this.#characters >= MAX_CHARACTERS;
  }

  /** The oldest publication that is here; undefined if there is none. */
  get oldest() {
    for (let index = this.#head; index < this.#items.length; index++) {
      if (this.#items[index].offset) return this.#items[index];
    }
    return undefined;
  }

  /** The one at a place among those that match. */
  at(index) {
    return this.#matches === null
      ? this.#items[this.#head + index]
      : this.bySeq(this.#matches[index]);
  }

  bySeq(seq) {
    const first = this.#items[this.#head];
    return first && this.#items[this.#head + seq - first.seq];
  }

  /** The place of a number among those that match; -1 if it is not there. */
  indexOf(seq) {
    const index = this.countUntil(seq) - 1;
    return this.at(index)?.seq === seq ? index : -1;
  }

  /** How many of those that match have this number or a lower one. */
  countUntil(seq) {
    const first = this.#items[this.#head];
    if (!first) return 0;
    if (this.#matches === null) return Math.min(this.total, Math.max(0, seq - first.seq + 1));
    let [low, high] = [0, this.#matches.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#matches[middle] <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The number of the newest one; 0 before there was any. */
  get newest() {
    return this.#nextSeq - 1;
  }

  /** Adds the newest; gives how many of those that match were dropped for it. */
  add(item) {
    item.seq = this.#nextSeq++;
    this.#items.push(item);
    this.#characters += item.raw.length;
    if (this.#matches !== null && this.#isMatch(item)) this.#matches.push(item.seq);
    let dropped = 0;
    while (this.total > this.#max || (this.#characters > MAX_CHARACTERS && this.total > 1)) {
      dropped += this.#drop();
    }
    return dropped;
  }

  /**
   * Puts older ones, oldest first, before the others, the newest of them as far as there is room;
   * gives how many of those match.
   */
  prepend(items) {
    const first = this.#items[this.#head]?.seq ?? this.#nextSeq;
    const room = items.slice(this.#firstWithRoom(items));
    room.forEach((item, index) => item.seq = first - room.length + index);
    this.#items = [...room, ...this.#items.slice(this.#head)];
    this.#head = 0;
    if (this.#matches === null) return room.length;
    const matching = room.filter((item) => this.#isMatch(item)).map(({ seq }) => seq);
    this.#matches = [...matching, ...this.#matches];
    return matching.length;
  }

  /** Counts those that have room; the one that reaches the bound is the last. */
  #firstWithRoom(items) {
    let index = items.length;
    const least = Math.max(0, items.length - (this.#max - this.total));
    while (index > least && this.#characters < MAX_CHARACTERS) {
      this.#characters += items[--index].raw.length;
    }
    return index;
  }

  /** Shows only what contains a text, in whatever case; everything for an empty one. */
  filter(text) {
    this.#filter = text.toLowerCase();
    if (text === "") {
      this.#matches = null;
      return;
    }
    this.#matches = [];
    for (let index = this.#head; index < this.#items.length; index++) {
      if (this.#isMatch(this.#items[index])) this.#matches.push(this.#items[index].seq);
    }
  }

  clear() {
    this.#items = [];
    this.#head = 0;
    this.#characters = 0;
    this.dropped = 0;
    if (this.#matches !== null) this.#matches = [];
  }

  #isMatch({ raw, form, offset }) {
    if (form === "marker") return false;
    return raw.toLowerCase().includes(this.#filter) || this.#filter === `#${offset}`;
  }

  /** Drops the oldest; gives 1 if it was among those that match. */
  #drop() {
    const { seq, raw, form } = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    this.#characters -= raw.length;
    if (form !== "marker") this.dropped += 1;
    if (this.#head > SLACK) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    if (this.#matches === null) return 1;
    if (this.#matches[0] !== seq) return 0;
    this.#matches.shift();
    return 1;
  }
}
