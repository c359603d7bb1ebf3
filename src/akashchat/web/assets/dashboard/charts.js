// The charts of a span: requests, tokens, and the time to the first word.

import { short, took } from "../core/figures.js";
import { el } from "../core/dom.js";
import { Chart } from "./chart.js";

const SUMS = {
  answered: ({ requests, errors }) => short(requests - errors),
  errors: ({ errors }) => short(errors),
  input: ({ input_tokens: tokens }) => short(tokens),
  output: ({ output_tokens: tokens }) => short(tokens),
  p50: ({ first_event_ms: first }) => took(first.p50),
  p95: ({ first_event_ms: first }) => took(first.p95),
};
const sum = (key, total) => (total ? SUMS[key](total) : "");

const requests = () => new Chart("chartRequests", { write: short, sum, series: [{ key: "answered", name: "serAnswered", look: "good" }, { key: "errors", name: "serFailed", look: "bad" }] });
const tokens = () => new Chart("chartTokens", { write: short, sum, series: [{ key: "input", name: "serInput", look: "cool" }, { key: "output", name: "serOutput", look: "warm" }] });
const first = () => new Chart("chartFirst", { write: took, sum, lines: true, series: [{ key: "p50", name: "serP50", look: "cool" }, { key: "p95", name: "serP95", look: "warm" }] });

/** Charts, the first the widest, and what shows other points in all of them. */
export function charts({ all = true } = {}) {
  const drawn = all ? [requests(), tokens(), first()] : [requests(), tokens()];
  return {
    element: el("div", { class: "charts" }, drawn.map((chart) => chart.element)),
    show: (points, total) => drawn.forEach((chart) => chart.show(points, total)),
  };
}
