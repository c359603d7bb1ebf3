// What a key used, and how its limits stand.

import { dialog } from "../core/dialog.js";
import { el } from "../core/dom.js";
import { dollars, full, short } from "../core/figures.js";
import { t } from "../core/words.js";
import { charts } from "../dashboard/charts.js";
import { SPANS, beginning, pointsOf, usage } from "../dashboard/usage.js";
import "../dashboard/words.js";
import { budgets } from "./budgets.js";

/** Show it; `limits` promises how they stand. */
export async function openUsage(key, limits) {
  const span = SPANS.spanMonth;
  const [used, stand] = await Promise.all([usage(beginning(span), span.group, { key: key.id }), limits]);
  const drawn = charts({ all: false });
  const { requests, errors, input_tokens: input, output_tokens: output, cost } = used.total;
  const bars = budgets(stand, { ends: true });
  dialog("usageTitle", el("div", { class: "stack" },
    el("p", { class: "soft" }, t("usageOf", key)),
    el("p", {}, t("usageTotals", { requests: full(requests), errors: full(errors), tokens: short(input + output), cost: dollars(cost) })),
    drawn.element,
    bars.length > 0 && el("section", {}, el("h3", { class: "label", "data-t": "usageLimits" }), el("div", { class: "numbers" }, bars))));
  drawn.show(pointsOf(span, used), used.total);
}
