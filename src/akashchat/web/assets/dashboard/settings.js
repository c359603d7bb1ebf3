// The settings that count, and having them read again.

import { ask } from "../core/api.js";
import { el } from "../core/dom.js";
import { onLanguage, t } from "../core/words.js";

/** The panel, and what reads it. */
export function settings() {
  const own = el("div");
  const outcome = el("div", { class: "told", role: "status" });
  const button = el("button", { type: "button", class: "primary", "data-t": "setReload", onclick: () => reload() });
  let shown = null;

  async function reload() {
    button.disabled = true;
    outcome.replaceChildren(el("p", { class: "soft", "data-t": "setReading" }));
    try {
      tell(await (await ask("admin/settings/reload", { method: "POST" })).json());
      await load();
    } catch (error) {
      outcome.replaceChildren(el("p", { class: "summary bad", "data-t": "setRefused" }), el("p", { class: "small" }, error.message));
    }
    button.disabled = false;
  }

  function tell({ changed, waiting }) {
    outcome.replaceChildren(...[
      changed.length ? names("good", "setChanged", changed) : el("p", { class: "summary", "data-t": "setNone" }),
      waiting.length && names("warn", "setWaiting", waiting),
    ].filter(Boolean));
  }

  async function load() {
    shown = await (await ask("admin/settings")).json();
    show();
  }

  function show() {
    if (!shown) return;
    const set = shown.data.filter(({ origin }) => origin !== "default");
    const list = el("dl", { class: "fields" }, set.map(setting));
    own.replaceChildren(...[shown.waiting.length && names("warn", "setWaiting", shown.waiting), el("details", { class: "own" }, el("summary", {}, t("setOwn", { count: set.length })), list)].filter(Boolean));
  }

  onLanguage(show);
  const element = el("section", { class: "card panel" },
    el("div", { class: "panel-head" }, el("h2", { "data-t": "setTitle" })),
    el("p", { class: "soft small", "data-t": "setLead" }), el("div", { class: "row acts" }, button), outcome, own);
  return { element, load };
}

function names(look, word, list) {
  return el("div", {}, el("p", { class: `summary ${look}`, "data-t": word }), el("ul", { class: "names" }, list.map((name) => el("li", {}, el("code", {}, name)))));
}

function setting({ variable, value, origin, at_start: start }) {
  const about = [t("setFrom", { origin }), start && t("setAtStart")].filter(Boolean).join(" · ");
  return el("div", {}, el("dt", {}, el("code", {}, variable)), el("dd", {}, el("code", {}, typeof value === "string" ? value : JSON.stringify(value)), el("span", { class: "soft small" }, ` ${about}`)));
}
