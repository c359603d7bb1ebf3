// How the upstreams are at this moment: sessions, quota, circuits, who waits.

import { ask } from "../core/api.js";
import { el } from "../core/dom.js";
import { full, lasting } from "../core/figures.js";
import { t } from "../core/words.js";
import { gauge } from "./gauge.js";

/** The gateway as it is now. */
export async function overview() {
  return (await ask("admin/overview")).json();
}

const fact = (name, value) => value != null && el("div", {}, el("dt", { "data-t": name }), el("dd", {}, value));
const pill = (look, ...said) => el("span", { class: `pill ${look}` }, said);

/** The panel of an overview. */
export function upstreams(told) {
  const { ready } = told;
  const well = ready.status === "ready";
  return [
    el("div", { class: "panel-head" }, el("h2", { "data-t": "upTitle" }), pill(well ? "good" : "bad", t(well ? "upReady" : "upNotReady"))),
    el("p", { class: "soft small" }, well ? [t("upModels", { count: ready.models }), ready.stale ? ` · ${t("upStale")}` : "", ` · ${t("upStorage")} ${told.storage}`] : ready.message),
    el("ul", { class: "upstreams" }, Object.entries(told.upstreams).map(([name, state]) => card(name, state))),
  ];
}

function card(name, state) {
  const circuits = Object.entries(state.circuits ?? {});
  const drift = Object.entries(state.drift ?? {});
  const well = !state.quota?.spent && circuits.every(([, { state: one }]) => one === "closed");
  return el("li", { class: "upstream" },
    el("div", { class: "upstream-head" }, el("h3", {}, name), pill(well ? "good" : "bad", t(well ? "upWell" : "upTroubled"))),
    el("div", { class: "upstream-body" },
      el("dl", { class: "facts-list" },
        fact("upSession", state.session && session(state.session)),
        fact("upCircuits", circuits.length ? circuits.map(circuit) : t("upClosed")),
        fact("upWaiting", state.waiting != null ? full(state.waiting) : null),
        fact("upDrift", drift.length ? drift.map(([, { what, count }]) => el("p", {}, t("upDriftSeen", { what, count: full(count) }))) : null)),
      state.quota && gauge(state.quota)));
}

function session({ state, ends_in_s: left }) {
  if (state === "held") return t("upHeld", { time: lasting(left) });
  return t(state === "yours" ? "upYours" : "upNoSession");
}

const CIRCUITS = { open: ["bad", "upOpen"], half_open: ["warn", "upHalf_open"], closed: ["good", "upClosed"] };

function circuit([model, { state, failures, error, retry_after_s: wait }]) {
  const [look, name] = CIRCUITS[state.replace("-", "_")] ?? CIRCUITS.open;
  const again = state === "open" ? ` · ${t("upAgain", { time: lasting(wait) })}` : "";
  return el("p", { class: "circuit" }, el("code", {}, model), " ", pill(look, t(name)), el("span", { class: "soft small" }, ` ${t("upFailures", { count: failures, error })}${again}`));
}
