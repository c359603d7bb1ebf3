// What is left of a key's limits.

import { el } from "../core/dom.js";
import { ago, full, short } from "../core/figures.js";
import { t } from "../core/words.js";

const LOW = 0.15;

/** The limits of an allowance, by their names. */
export const LIMITS = ["requests_per_minute", "tokens_per_minute", "tokens_per_day", "tokens_per_month", "concurrency"];

export const limitWord = (name) => `lim${name[0].toUpperCase()}${name.slice(1)}`;

/** Bars for limits as the gateway tells how they stand; `most` of them, those of which least is left. */
export function budgets(limits, { most = LIMITS.length, ends = false } = {}) {
  const parts = Object.entries(limits).map(([name, stands]) => [name, stands, Math.max(0, Math.min(1, stands.left / stands.limit))]);
  return parts.sort(([, , one], [, , other]) => one - other).slice(0, most).map((given) => budget(...given, ends));
}

function budget(name, { left, limit, resets_at: resets }, part, ends) {
  const bar = el("span", { class: "budget-line", "aria-hidden": "true" });
  bar.style.setProperty("--part", part);
  return el("div", { class: part <= LOW ? "budget low" : "budget" },
    el("span", { class: "small" }, el("span", { class: "soft", "data-t": limitWord(name) }), " ", el("span", { title: full(left) }, t("limLeft", { left: short(left), limit: short(limit) }))),
    bar, ends && resets && el("span", { class: "soft small" }, t("limResets", { when: ago(resets) })));
}
