/** A place that a connection takes up until it is gone. */
export interface Place {
  /** Gives it back; to be called once. */
  release(): void;
}

/** How many places are taken under each name; a name that has none takes up nothing. */
export class Places {
  readonly #rows = new Map<string, Row>();

  /** Names under which any are taken. */
  get size(): number {
    return this.#rows.size;
  }

  /** How many are taken under a name. */
  count(name: string): number {
    return this.#rows.get(name)?.taken ?? 0;
  }

  /** Takes one: all of one name are the same object, so that none costs anything by itself. */
  take(name: string): Place {
    let row = this.#rows.get(name);
    if (row === undefined) {
      row = new Row(() => this.#rows.delete(name));
      this.#rows.set(name, row);
    }
    row.taken += 1;
    return row;
  }
}

class Row implements Place {
  taken = 0;
  readonly #onEmpty: () => void;

  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  release(): void {
    this.taken -= 1;
    if (this.taken === 0) this.#onEmpty();
  }
}
