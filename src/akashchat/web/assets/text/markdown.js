// Markdown, drawn.

import { codeBlock } from "../core/copy.js";
import { el } from "../core/dom.js";
import { t } from "../core/words.js";
import { blocks } from "./blocks.js";
import { formula } from "./formula.js";
import { inline } from "./inline.js";

const DRAWN = {
  // An answer stands below the page's headings, so its own begin further down.
  heading: ({ level, text }) => el(`h${Math.min(6, level + 2)}`, {}, inline(text)),
  paragraph: ({ text }) => el("p", {}, inline(text)),
  rule: () => el("hr"),
  code: ({ language, text }) => (language === "math" ? el("p", {}, formula(text, true)) : codeBlock(text, language)),
  formula: ({ text }) => el("p", {}, formula(text, true)),
  quote: ({ blocks: inner }) => el("blockquote", {}, inner.map(draw)),
  list: ({ ordered, start, items, loose }) => el(ordered ? "ol" : "ul", { ...(ordered && start !== 1 && { start }) }, items.map((item) => listItem(item, loose))),
  table: ({ head, align, rows }) =>
    el("div", { class: "table", tabindex: "0", role: "group", "aria-label": t("table") },
      el("table", {},
        el("thead", {}, el("tr", {}, head.map((cell, i) => el("th", { scope: "col", class: align[i] }, inline(cell))))),
        el("tbody", {}, rows.map((row) => el("tr", {}, head.map((_, i) => el("td", { class: align[i] }, inline(row[i] ?? "")))))))),
};

const draw = (block) => DRAWN[block.kind](block);

function listItem({ done, blocks: inner }, loose) {
  const box = done !== undefined && el("span", { class: done ? "box ticked" : "box", role: "img", "aria-label": done ? "✓" : "○" });
  const drawn = inner.flatMap((block) => (block.kind === "paragraph" && !loose ? inline(block.text) : [draw(block)]));
  return el("li", { ...(box && { class: "task" }) }, box, drawn);
}

/** A text as blocks, in one element. */
export function markdown(text) {
  return el("div", { class: "text" }, blocks(text).map(draw));
}

/** A text that grows: only the blocks that changed are drawn anew. */
export class Growing {
  element = el("div", { class: "text" });
  #drawn = [];

  /** Show the whole text as it is now. */
  show(text) {
    const now = blocks(text);
    now.forEach((block, i) => {
      const key = `${block.kind} ${block.level} ${block.raw}`;
      if (this.#drawn[i]?.key === key) return;
      const node = draw(block);
      if (this.#drawn[i]) this.#drawn[i].node.replaceWith(node);
      else this.element.append(node);
      this.#drawn[i] = { key, node };
    });
    this.#drawn.splice(now.length).forEach(({ node }) => node.remove());
  }
}
