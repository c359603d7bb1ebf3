// Elements.  Everything on the pages is made here, of names and texts: no text ever becomes markup.

import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

// Attributes that name a word: it is put in now, and again when the language changes.
const WORDED = [["data-t", "textContent"], ["data-t-label", "aria-label"], ["data-t-title", "title"], ["data-t-hint", "placeholder"]];

/** An element with attributes and children; `on…` attributes are listeners, texts stay texts. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for drawings, whose elements have names of their own. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  word(element);
  return element;
}

function word(element) {
  for (const [marked, place] of WORDED) {
    const key = element.getAttribute(marked);
    if (key === null) continue;
    if (place === "textContent") element.textContent = t(key);
    else element.setAttribute(place, t(key));
  }
}

/** Put all marked words into the language of the moment. */
export function translate(root) {
  const marked = WORDED.map(([name]) => `[${name}]`).join();
  root.querySelectorAll(marked).forEach(word);
}

/** An element of the page by its id. */
export const byId = (id) => document.getElementById(id);

/** A line drawing from a path, 24 by 24. */
export function icon(path, className = "icon") {
  return svg("svg", { viewBox: "0 0 24 24", class: className, "aria-hidden": "true" }, svg("path", { d: path }));
}

let made = 0;
/** An id nobody else has. */
export const freshId = (stem) => `${stem}-${(made += 1)}`;
