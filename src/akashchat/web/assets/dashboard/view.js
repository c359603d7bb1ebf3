// The dashboard: what was used, how the upstreams are, what happens now, and whether all is well.

import { el, icon } from "../core/dom.js";
import { lasting } from "../core/figures.js";
import { AGAIN } from "../core/icons.js";
import { styles } from "../core/styles.js";
import { onLanguage, t } from "../core/words.js";
import { breakdown } from "./breakdown.js";
import { charts } from "./charts.js";
import { doctor } from "./doctor.js";
import { Live } from "./live.js";
import { settings } from "./settings.js";
import { tiles } from "./tiles.js";
import { overview, upstreams } from "./upstreams.js";
import { SPANS, beginning, pointsOf, usage } from "./usage.js";
import "./words.js";

const EVERY_MS = 20_000;

/** See `page.js`. */
export async function create() {
  const [figures, around, wrong, about] = [el("dl", { class: "tiles" }), el("section", { class: "card panel" }), el("p", { class: "wrong", role: "alert" }), el("p", { class: "soft lead" })];
  const [drawn, by, live, set] = [charts(), breakdown(), new Live(), settings()];
  const spans = choice("spanDay", load);
  let [used, state, timer, arrived] = [null, null, 0, false];

  async function load() {
    const span = SPANS[spans.chosen];
    const since = beginning(span);
    try {
      [used, state] = await Promise.all([usage(since, span.group), overview(), by.load(since)]);
      wrong.textContent = "";
      show();
    } catch (error) {
      wrong.textContent = t("dashFailed", { why: error.message });
    }
  }

  function show() {
    if (!used) return;
    figures.replaceChildren(...tiles(used.total));
    drawn.show(pointsOf(SPANS[spans.chosen], used), used.total);
    around.replaceChildren(...upstreams(state));
    about.textContent = t("dashSince", { version: state.version, uptime: lasting(state.uptime_s) });
  }

  onLanguage(show);
  await Promise.all([styles("assets/dashboard/admin.css"), load(), set.load().catch((error) => console.debug("the settings are not shown:", error.message))]);
  const refresh = el("button", { type: "button", class: "plain", "data-t-label": "dashRefresh", "data-t-title": "dashRefresh", onclick: load }, icon(AGAIN));
  const element = el("div", { class: "wide-view dashboard" },
    el("div", { class: "view-head" }, el("div", {}, el("h1", { "data-t": "dashTitle" }), about), el("div", { class: "controls" }, spans.element, refresh)),
    wrong, figures, drawn.element, by.element, around, live.element, doctor(), set.element);
  return {
    element,
    arrive() {
      live.arrive();
      if (arrived) load();
      arrived = true;
      timer = setInterval(() => document.hidden || load(), EVERY_MS);
    },
    depart() {
      live.depart();
      clearInterval(timer);
    },
  };
}

/** The choice of a span. */
function choice(first, changed) {
  const name = "span";
  const inputs = Object.keys(SPANS).map((key) => el("label", {}, el("input", { type: "radio", name, value: key, checked: key === first }), el("span", { "data-t": key })));
  const element = el("div", { class: "segments", role: "radiogroup", "data-t-label": "dashSpan" }, inputs);
  const choose = { element, chosen: first };
  element.addEventListener("change", ({ target }) => {
    choose.chosen = target.value;
    changed();
  });
  return choose;
}
