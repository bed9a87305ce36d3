/** A table with sortable columns, whose rows stay the same elements while their values change. */

import { h, setAttribute, setText } from "./dom.js";

export class DataTable {
  #columns;
  #keyOf;
  #createRow;
  #sort;
  #rows = new Map();
  #values = [];
  #body = h("tbody");
  #heads;
  element;

  /**
   * `columns` are `{ name, label, value, isNumber }`: `value` is what is sorted by, or undefined for
   * what is not; `keyOf` names a row, `createRow(value)` gives `{ cells, update(value) }`.
   */
  constructor({ caption, columns, keyOf, createRow, sort }) {
    this.#columns = columns;
    this.#keyOf = keyOf;
    this.#createRow = createRow;
    this.#sort = sort;
    this.#heads = columns.map((column) => this.#head(column));
    this.element = h(
      "table",
      {},
      h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, ...this.#heads)),
      this.#body,
    );
    this.#renderHeads();
  }

  /** Shows these values and no others. */
  show(values) {
    this.#values = values;
    const column = this.#columns.find(({ name }) => name === this.#sort.by);
    const way = this.#sort.isDescending ? -1 : 1;
    const sorted = [...values].sort((a, b) => way * compare(column.value(a), column.value(b)));
    const before = this.#rows;
    this.#rows = new Map();
    sorted.forEach((value, place) => this.#place(value, place, before));
    for (const { element } of before.values()) element.remove();
  }

  #place(value, place, before) {
    const key = this.#keyOf(value);
    const row = before.get(key) ?? this.#newRow(value);
    before.delete(key);
    this.#rows.set(key, row);
    row.update(value);
    // Moved only when it has to be: an element that is moved loses the focus.
    if (this.#body.children[place] !== row.element) {
      this.#body.insertBefore(row.element, this.#body.children[place] ?? null);
    }
  }

  #newRow(value) {
    const { cells, update } = this.#createRow(value);
    const element = h("tr", {});
    cells.forEach((cell, index) => {
      const { isNumber, label } = this.#columns[index];
      const about = { class: isNumber ? "number" : null, "data-label": label };
      element.append(
        h(index === 0 ? "th" : "td", { ...about, scope: index === 0 ? "row" : null }, cell),
      );
    });
    return { element, update };
  }

  #head({ name, label, value, isNumber }) {
    if (value === undefined) {
      return h("th", { scope: "col" }, h("span", { class: "hidden" }, label));
    }
    const sort = h("button", { type: "button", class: "sort" }, h("span", {}, label));
    sort.addEventListener("click", () => this.#sortBy(name, isNumber));
    return h("th", { scope: "col", "data-name": name, class: isNumber ? "number" : null }, sort);
  }

  #sortBy(name, isNumber = false) {
    const isSame = this.#sort.by === name;
    this.#sort = { by: name, isDescending: isSame ? !this.#sort.isDescending : isNumber };
    this.#renderHeads();
    this.show(this.#values);
  }

  #renderHeads() {
    const { by, isDescending } = this.#sort;
    for (const head of this.#heads) {
      const order = isDescending ? "descending" : "ascending";
      setAttribute(head, "aria-sort", head.dataset.name === by ? order : null);
    }
  }
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

/** A cell's content whose text changes. */
export function textCell(props = {}) {
  const node = h("span", props);
  return { node, set: (text) => setText(node, text) };
}
