/** Builds the page's elements. Text is set as text: what anybody may write never becomes markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `props` are attributes, of which `class` is the class, `on` an object of listeners,
 * and one that is null, undefined or false is left out. Children are nodes and texts.
 */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for an element of a drawing. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  for (const [type, listener] of Object.entries(on)) node.addEventListener(type, listener);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets an attribute, or takes it away for null, undefined and false; untouched if it is the same. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else {
    const text = value === true ? "" : String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

/** Sets the text of a node that holds nothing else; untouched if it is the same. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** One of the icons below, for decoration only. */
export function icon(name) {
  const shapes = ICONS[name].map((d) => svg("path", { d }));
  const box = { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" };
  return svg("svg", box, ...shapes);
}

const ICONS = {
  mark: ["M16.2 4.1A9 9 0 1 0 20.6 9.4", "M12 10.6v2.8"],
  overview: ["M4 13h6V4H4z", "M14 20h6v-9h-6z", "M14 7h6V4h-6z", "M4 20h6v-3H4z"],
  channels: ["M10 4 8 20", "M16 4l-2 16", "M4.5 9h16", "M3.5 15h16"],
  clients: [
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
    "M3 20c0-3.3 2.7-6 6-6s6 2.7 6 6",
    "M16 4.5a3.5 3.5 0 0 1 0 6.3",
    "M17.5 14.4c2.1.7 3.5 2.9 3.5 5.6",
  ],
  copy: ["M9 9h11v11H9z", "M5 15H4V4h11v1"],
  check: ["M5 12.5 10 17 19 7"],
  search: ["M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M20 20l-4-4"],
  pause: ["M8 5v14", "M16 5v14"],
  play: ["M8 5l11 7-11 7z"],
  down: ["M12 5v14", "M6 13l6 6 6-6"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  key: ["M15 13a4 4 0 1 0-3.9-3", "M11.3 9.9 4 17v3h3l1-2h2v-2l2.7-2.7"],
  theme: ["M12 20a8 8 0 1 0 0-16z", "M12 4a8 8 0 0 0 0 16"],
  open: ["M9 5l7 7-7 7"],
};

/** A button; `kind` is a class beside `button`. */
export function button(label, { kind = "", icon: name, ...props } = {}) {
  const inside = name ? [icon(name), h("span", {}, label)] : [h("span", {}, label)];
  return h("button", { type: "button", class: `button ${kind}`.trim(), ...props }, ...inside);
}

/** A button that shows an icon only; `label` is read aloud and shown on hover. */
export function iconButton(label, name, props = {}) {
  const about = { type: "button", class: "button icon-only", "aria-label": label, title: label };
  return h("button", { ...about, ...props }, icon(name));
}

/** What is shown where there is nothing yet: what it is, and what to try next. */
export function emptyState(title, ...hints) {
  const list = h("ul", {}, hints.map((hint) => h("li", {}, ...[hint].flat())));
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, ...[title].flat()), list);
}
