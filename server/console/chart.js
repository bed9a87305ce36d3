/** A small live chart: one line over two minutes, with what it shows in words for who cannot see it. */

import { h, setAttribute, setText, svg } from "./dom.js";

const WIDTH = 240;
const HEIGHT = 56;
const TOP = 4;

export class Chart {
  #label;
  #format;
  #points;
  #line = svg("path", { class: "chart-line" });
  #area = svg("path", { class: "chart-area" });
  #cursor = svg("line", { class: "chart-cursor", y1: 0, y2: HEIGHT, hidden: true });
  #drawing;
  #value = h("p", { class: "stat-value" }, h("span", { class: "stat-number" }, "–"));
  #unit = h("span", { class: "stat-unit" });
  #note = h("p", { class: "stat-note" }, " ");
  #top = h("p", { class: "chart-top", "aria-hidden": "true" });
  #values = [];
  #noteText = " ";
  #hover = null;
  element;

  /** `points` is how many make up the whole width; `format` gives a value and its unit. */
  constructor({ label, points, format }) {
    this.#label = label;
    this.#points = points;
    this.#format = format;
    const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" };
    const on = {
      pointermove: (event) => this.#point(event),
      pointerleave: () => this.#leave(),
    };
    this.#drawing = svg(
      "svg",
      { class: "chart", ...box, on },
      this.#area,
      this.#line,
      this.#cursor,
    );
    this.#value.append(this.#unit);
    this.element = h(
      "section",
      { class: "card stat" },
      h("h3", { class: "stat-label" }, label),
      this.#value,
      h("div", { class: "chart-box" }, this.#drawing, this.#top),
      this.#note,
    );
  }

  /** Shows values, oldest first and null for none, and a line below. */
  show(values, note = " ") {
    this.#values = values;
    this.#noteText = note;
    this.#draw();
    this.#tell();
  }

  #draw() {
    const top = Math.max(1e-9, ...this.#values);
    const left = WIDTH - (this.#values.length - 1) * this.#step;
    const y = (value) => HEIGHT - 1 - (value / top) * (HEIGHT - TOP - 1);
    let [line, area, from] = ["", "", null];
    this.#values.forEach((value, index) => {
      const x = (left + index * this.#step).toFixed(1);
      if (value === null) return;
      line += `${from === null ? "M" : "L"}${x} ${y(value).toFixed(1)}`;
      from ??= x;
      const isLast = this.#values[index + 1] ?? null;
      if (isLast !== null) return;
      area += `${line.slice(line.lastIndexOf("M"))}L${x} ${HEIGHT}L${from} ${HEIGHT}Z`;
      from = null;
    });
    setAttribute(this.#line, "d", line || null);
    setAttribute(this.#area, "d", area || null);
  }

  get #step() {
    return WIDTH / (this.#points - 1);
  }

  #tell() {
    const known = this.#values.filter((value) => value !== null);
    const now = this.#hover === null ? known.at(-1) : this.#values[this.#hover];
    const [number, unit] = now === undefined || now === null ? ["–", ""] : this.#format(now);
    setText(this.#value.firstChild, number);
    setText(this.#unit, unit);
    const ago = this.#hover === null ? 0 : this.#values.length - 1 - this.#hover;
    setText(this.#note, this.#hover === null ? this.#noteText : `${ago} s ago`);
    const most = known.length === 0 ? "" : inWords(this.#format(Math.max(...known)));
    setText(this.#top, most && `max ${most}`);
    const words = known.length === 0
      ? "no value yet"
      : `now ${inWords([number, unit])}, highest ${most}`;
    setAttribute(this.#drawing, "aria-label", `${this.#label} over two minutes: ${words}`);
  }

  #point({ clientX }) {
    const { left, width } = this.#drawing.getBoundingClientRect();
    const fromRight = Math.round((1 - (clientX - left) / width) * (this.#points - 1));
    const index = this.#values.length - 1 - fromRight;
    this.#hover = this.#values[index] === undefined ? null : index;
    const x = WIDTH - fromRight * this.#step;
    setAttribute(this.#cursor, "x1", x);
    setAttribute(this.#cursor, "x2", x);
    setAttribute(this.#cursor, "hidden", this.#hover === null);
    this.#tell();
  }

  #leave() {
    this.#hover = null;
    setAttribute(this.#cursor, "hidden", true);
    this.#tell();
  }
}

function inWords([number, unit]) {
  return unit.startsWith("/") ? `${number}${unit}` : `${number} ${unit}`.trim();
}
