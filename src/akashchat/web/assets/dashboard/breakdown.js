// What was used by model, key and upstream: a table one can sort, with a bar for how much.

import { el, icon } from "../core/dom.js";
import { dollars, full, short, took } from "../core/figures.js";
import { SAVE } from "../core/icons.js";
import { tabs } from "../core/tabs.js";
import { onLanguage, t } from "../core/words.js";
import { save, usage } from "./usage.js";

const GROUPS = [
  ["byModel", "model", ({ model }) => model],
  ["byKey", "key,caller", ({ caller }) => caller],
  ["byUpstream2", "upstream", ({ upstream }) => upstream || t("colNobody")],
];
const COLUMNS = [
  ["colRequests", ({ requests }) => requests, full],
  ["colErrors", ({ errors }) => errors, full],
  ["colInput", (sums) => sums.input_tokens, short],
  ["colOutput", (sums) => sums.output_tokens, short],
  ["colP50", (sums) => sums.first_event_ms.p50, took],
  ["colP95", (sums) => sums.first_event_ms.p95, took],
  ["colCost", ({ cost }) => cost, dollars],
];

/** The table of one group. */
class Sums {
  constructor(title, name) {
    Object.assign(this, { title, name, rows: [], more: false, column: 0, falling: true });
    this.element = el("div", { class: "table", tabindex: "0", role: "group", "data-t-label": title });
    onLanguage(() => this.show(this.rows, this.more));
  }

  show(rows, more) {
    Object.assign(this, { rows, more });
    const most = Math.max(1, ...rows.map(({ requests }) => requests));
    const note = more ? el("p", { class: "soft small", "data-t": "byMore" }) : rows.length ? null : el("p", { class: "soft small empty", "data-t": "chartEmpty" });
    const table = rows.length > 0 && el("table", { class: "sums" },
      el("thead", {}, el("tr", {}, this.#head("colName", -1), COLUMNS.map(([name], i) => this.#head(name, i)))),
      el("tbody", {}, this.#sorted().map((row) => this.#row(row, most))));
    this.element.replaceChildren(...[table, note].filter(Boolean));
  }

  #head(name, i) {
    const sorted = i === this.column ? (this.falling ? "descending" : "ascending") : null;
    const sort = () => {
      this.falling = i === this.column ? !this.falling : i >= 0;
      this.column = i;
      this.show(this.rows, this.more);
      this.element.querySelector("[aria-sort] button").focus();
    };
    return el("th", { scope: "col", class: i < 0 ? "" : "right", "aria-sort": sorted }, el("button", { type: "button", class: "sort", onclick: sort, "data-t": name }));
  }

  #sorted() {
    const value = this.column < 0 ? this.name : COLUMNS[this.column][1];
    const way = this.falling ? -1 : 1;
    const compared = (one, other) => (typeof one === "string" ? one.localeCompare(other) : (one ?? -1) - (other ?? -1));
    return [...this.rows].sort((one, other) => way * compared(value(one), value(other)));
  }

  #row(row, most) {
    const bar = el("span", { class: "bar-line", "aria-hidden": "true" });
    bar.style.setProperty("--part", row.requests / most);
    return el("tr", {},
      el("th", { scope: "row" }, el("span", { class: "bar-name" }, this.name(row)), bar),
      COLUMNS.map(([name, value, say]) => el("td", { class: name === "colErrors" && row.errors ? "right wrong" : "right" }, say(value(row)))));
  }
}

/** All three, and what reads them again. */
export function breakdown() {
  const tables = GROUPS.map(([title, group, name]) => [title, group, new Sums(title, name)]);
  let from;
  const csv = el("button", { type: "button", class: "plain wide", onclick: () => save(`admin/usage/rows?format=csv&from=${from}`, "akashchat-usage.csv") }, icon(SAVE), el("span", { "data-t": "byExport" }));
  const element = el("section", { class: "card panel" },
    el("div", { class: "panel-head" }, el("h2", { "data-t": "byTitle" }), csv),
    tabs("byTitle", tables.map(([title, , table]) => [el("span", { "data-t": title }), table.element])));
  async function load(since) {
    const found = await Promise.all(tables.map(([, group]) => usage(since, group)));
    tables.forEach(([, , table], i) => table.show(found[i].data, found[i].has_more));
    from = since;
  }
  return { element, load };
}
