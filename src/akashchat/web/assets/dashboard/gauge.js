// How much of a quota is left, as a gauge.

import { el, svg } from "../core/dom.js";
import { ago, moment, share } from "../core/figures.js";
import { t } from "../core/words.js";

const [WIDTH, HEIGHT, RADIUS] = [148, 86, 62];
const LOW = 0.15;

const arc = `M${WIDTH / 2 - RADIUS} ${HEIGHT - 10}A${RADIUS} ${RADIUS} 0 0 1 ${WIDTH / 2 + RADIUS} ${HEIGHT - 10}`;

/** The gauge of a quota as the gateway tells it, `{spent, left, resets_at}`; `left` may not be known. */
export function gauge({ spent, left, resets_at: resets }) {
  const part = spent ? 0 : left;
  const said = part === null ? t("upUnknown") : part === 0 ? t("upSpent") : `${share(part)} ${t("upLeft")}`;
  const look = part !== null && part <= LOW ? "bad" : "good";
  const range = { role: "meter", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round((part ?? 1) * 100), "aria-valuetext": said };
  return el("div", { class: "gauge" },
    el("div", { class: "gauge-face", "aria-label": t("upQuota"), ...range },
      svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
        svg("path", { class: "gauge-back", d: arc, pathLength: 100 }),
        part && svg("path", { class: `gauge-fill ${look}`, d: arc, pathLength: 100, "stroke-dasharray": `${part * 100} 100` })),
      el("div", { class: "gauge-said" }, el("strong", {}, part === null ? "–" : share(part)), el("span", { class: "soft small" }, part === null ? t("upUnknown") : t(part ? "upLeft" : "upSpent")))),
    resets && part !== 1 && el("p", { class: "soft small", title: moment(resets) }, t("upResets", { when: ago(resets) })));
}
