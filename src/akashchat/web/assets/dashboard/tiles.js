// The figures of a span, large.

import { el } from "../core/dom.js";
import { dollars, full, share, short, took } from "../core/figures.js";
import { t } from "../core/words.js";

const FIGURES = [
  ["figRequests", ({ requests }) => short(requests), ({ requests, errors }) => t("figAnswered", { count: full(requests - errors) })],
  ["figTokens", (sums) => short(sums.input_tokens + sums.output_tokens), (sums) => t("figInOut", { input: short(sums.input_tokens), output: short(sums.output_tokens) })],
  ["figErrors", ({ errors }) => short(errors), ({ requests, errors }) => t("figOf", { share: share(requests ? errors / requests : 0) })],
  ["figFirst", ({ first_event_ms: first }) => took(first.p50), ({ first_event_ms: first }) => t("figP95", { time: took(first.p95) })],
  ["figCost", ({ cost }) => dollars(cost), ({ cost }) => t(cost === null ? "figNoPrice" : "figPriced")],
];

/** Tiles for sums. */
export function tiles(sums) {
  return FIGURES.map(([name, value, about]) => {
    const bad = name === "figErrors" && sums.errors > 0;
    return el("div", { class: `card tile${bad ? " bad" : ""}` }, el("dt", { class: "label", "data-t": name }), el("dd", { class: "figure" }, value(sums)), el("dd", { class: "soft small" }, about(sums)));
  });
}
