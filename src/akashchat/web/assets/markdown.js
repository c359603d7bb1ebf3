// The Markdown of OpenAPI descriptions, as far as this gateway's own needs it: paragraphs, lists, tables,
// fenced code, and in a line: code, bold, emphasis, links within this host.

import { codeBlock, el } from "./common.js";

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^):]+)\)/g;

/** A line's pieces. */
export function inline(text) {
  const pieces = [];
  let end = 0;
  for (const [whole, code, bold, em, label, place, at] of [...text.matchAll(INLINE)].map((m) => [...m, m.index])) {
    pieces.push(text.slice(end, at));
    if (code) pieces.push(el("code", {}, code));
    else if (bold) pieces.push(el("strong", {}, bold));
    else if (em) pieces.push(el("em", {}, inline(em)));
    else pieces.push(el("a", { href: place }, label));
    end = at + whole.length;
  }
  return [...pieces, text.slice(end)];
}

/** A text as blocks, in one element. */
export function markdown(text, t) {
  const root = el("div", { class: "text" });
  const pieces = text.split(/```\w*\n([\s\S]*?)```/);
  pieces.forEach((piece, i) => {
    if (i % 2) root.append(codeBlock(piece.trimEnd(), t, t("example")));
    else root.append(...piece.split(/\n{2,}/).map((block) => block.trim()).filter(Boolean).map(blockOf));
  });
  return root;
}

function blockOf(block) {
  const lines = block.split("\n");
  if (lines[0].startsWith("|")) return table(lines);
  if (lines[0].startsWith("- ")) return el("ul", {}, block.slice(2).split("\n- ").map((item) => el("li", {}, inline(item))));
  return el("p", {}, inline(lines.join(" ")));
}

function table(lines) {
  const [head, , ...rows] = lines.map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
  return el("div", { class: "table", tabindex: "0" },
    el("table", {},
      el("thead", {}, el("tr", {}, head.map((cell) => el("th", { scope: "col" }, inline(cell))))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, inline(cell))))))));
}
