// One answer in the log: a line, and all that is known of it when it is opened.

import { el } from "../core/dom.js";
import { clock, dollars, full, moment, took } from "../core/figures.js";
import { t } from "../core/words.js";

const ENDINGS = { answered: ["good", "endAnswered"], failed: ["bad", "endFailed"], "caller left": ["warn", "endLeft"] };
const yes = (value) => t(value ? "fYes" : "fNo");
const said = (value) => (value === "" || value == null ? null : String(value));
const FIELDS = [
  ["fRequest_id", "request_id", said], ["fAt", "at", moment], ["fError", "error", said], ["fMessage", "message", said], ["fModel", "model", said], ["fTrue_model", "true_model", said],
  ["fCaller", "caller", said], ["fUser", "user", said], ["fDialect", "dialect", said], ["fUpstream", "upstream", said], ["fStream", "stream", yes], ["fAttempts", "attempts", (value) => said([value].flat().join(", "))],
  ["fRescues", "rescues", (value) => (value ? full(value) : null)], ["fInput_tokens", "input_tokens", full], ["fOutput_tokens", "output_tokens", full], ["fReasoning_tokens", "reasoning_tokens", (value) => (value ? full(value) : null)], ["fEstimated", "estimated", yes],
  ["fFirst_event_ms", "first_event_ms", took], ["fDuration_ms", "duration_ms", took], ["fFinish_reason", "finish_reason", said], ["fCost", "cost", dollars], ["fTrace_id", "trace_id", said],
];

/** The line of an event. */
export function entry(one) {
  const [look, name] = ENDINGS[one.event] ?? ENDINGS.answered;
  const tokens = one.output_tokens == null ? "" : `${full(one.input_tokens)} → ${full(one.output_tokens)}`;
  const details = el("details", {},
    el("summary", {},
      el("time", { datetime: new Date(one.at * 1000).toISOString() }, clock(one.at)),
      el("span", { class: `pill ${look}` }, one.error || t(name)),
      el("span", { class: "log-model" }, one.model),
      el("span", { class: "log-who soft" }, one.user ? `${one.caller} · ${one.user}` : one.caller),
      el("span", { class: "log-tokens soft" }, tokens),
      el("span", { class: "log-took" }, took(one.duration_ms))));
  details.addEventListener("toggle", () => details.children.length > 1 || details.append(facts(one)), { once: true });
  return el("li", {}, details);
}

function facts(one) {
  const known = FIELDS.filter(([, field]) => one[field] != null).map(([name, field, say]) => [name, say(one[field])]);
  return el("dl", { class: "fields" }, known.filter(([, value]) => value !== null).map(([name, value]) => el("div", {}, el("dt", { "data-t": name }), el("dd", {}, value))));
}
