/** A list of any length of which only the rows in sight exist. Every row is equally high. */

/** Rows beyond the edges, so that a quick scroll shows no holes. */
const MARGIN = 8;

export class VirtualList {
  #viewport;
  #sizer;
  #rowHeight;
  #source;
  #rows = [];
  #request = 0;
  #isFollowing = true;
  #count = 0;
  #moved = 0;

  /**
   * `viewport` scrolls, `sizer` in it is as high as all rows. `source` has `count()`,
   * `createRow()`, `fillRow(row, index)`, `onTop()` for when older ones are wanted, and `onScroll()`.
   */
  constructor({ viewport, sizer, rowHeight, source }) {
    this.#viewport = viewport;
    this.#sizer = sizer;
    this.#rowHeight = rowHeight;
    this.#source = source;
    viewport.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.update()).observe(viewport);
  }

  /** Whether it stays at the newest row. */
  get isFollowing() {
    return this.#isFollowing;
  }

  /** Draws once before the next frame, however often it is asked to. */
  update() {
    this.#request ||= requestAnimationFrame(() => this.#draw());
  }

  /** So many rows went away above, or came when negative: what is in sight stays in sight. */
  shifted(rows) {
    this.#moved += rows;
    this.update();
  }

  followEnd() {
    this.#isFollowing = true;
    this.update();
  }

  /** Brings a row into sight. */
  reveal(index) {
    const top = index * this.#rowHeight;
    const { scrollTop, clientHeight } = this.#viewport;
    if (top < scrollTop) this.#viewport.scrollTop = top;
    else if (top + this.#rowHeight > scrollTop + clientHeight) {
      this.#viewport.scrollTop = top + this.#rowHeight - clientHeight;
    }
    this.#scrolled();
  }

  /** Rows that fit. */
  get pageSize() {
    return Math.max(1, Math.floor(this.#viewport.clientHeight / this.#rowHeight) - 1);
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#viewport;
    this.#isFollowing = scrollHeight - scrollTop - clientHeight < this.#rowHeight;
    if (scrollTop < this.#rowHeight && this.#count > 0 && scrollHeight > clientHeight) {
      this.#source.onTop();
    }
    this.#source.onScroll();
    this.update();
  }

  #draw() {
    this.#request = 0;
    const isFollowing = this.#isFollowing;
    this.#count = this.#source.count();
    const { clientHeight } = this.#viewport;
    this.#sizer.style.height = `${this.#count * this.#rowHeight}px`;
    if (isFollowing) this.#viewport.scrollTop = this.#count * this.#rowHeight;
    else if (this.#moved !== 0) this.#viewport.scrollTop -= this.#moved * this.#rowHeight;
    this.#moved = 0;
    const first = Math.max(0, Math.floor(this.#viewport.scrollTop / this.#rowHeight) - MARGIN);
    const shown = Math.ceil(clientHeight / this.#rowHeight) + 2 * MARGIN;
    const last = Math.min(this.#count, first + shown);
    while (this.#rows.length < last - first) this.#addRow();
    // A row keeps its place in the pool, so that scrolling by one fills one row.
    this.#rows.forEach((row, place) => {
      const round = this.#rows.length;
      const index = first + ((place - first % round) + round) % round;
      row.hidden = index >= last;
      if (row.hidden) return;
      row.style.transform = `translateY(${index * this.#rowHeight}px)`;
      this.#source.fillRow(row, index);
    });
  }

  #addRow() {
    const row = this.#source.createRow();
    this.#rows.push(row);
    this.#sizer.append(row);
  }
}
