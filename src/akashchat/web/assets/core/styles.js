// Styles that only some views need: loaded with the first of them.

import { el } from "./dom.js";

const asked = new Map();

/** Load a stylesheet, once; resolves when it is there. */
export function styles(path) {
  if (!asked.has(path)) asked.set(path, new Promise((resolve) => document.head.append(el("link", { rel: "stylesheet", href: path, onload: resolve, onerror: resolve }))));
  return asked.get(path);
}
