// What a conversation tells the model beside its turns: the system prompt and the sampling.

import { dialog } from "../core/dialog.js";
import { el, freshId } from "../core/dom.js";
import { t } from "../core/words.js";

const NUMBERS = [
  ["temperature", { min: 0, max: 2, step: 0.05 }],
  ["top_p", { min: 0, max: 1, step: 0.05 }],
  ["max_tokens", { min: 1, step: 1 }],
  ["seed", { step: 1 }],
];
const DOERS = { upstream: "upstream", gateway: "gateway", ignored: "nobody" };

/** Let somebody change them; `model` tells who does what. */
export function openSettings(conversation, model, changed) {
  const id = freshId("system");
  const system = el("textarea", { id, class: "field", rows: "5", autofocus: true, "data-t-hint": "systemHint" });
  system.value = conversation.system;
  const inputs = NUMBERS.map(([name, limits]) => [name, number(name, limits, conversation.sampling, model)]);
  const stop = text("stop", [conversation.sampling.stop ?? []].flat().join(", "), model);
  const form = el("form", { class: "stack" },
    el("label", { for: id, "data-t": "systemPrompt" }), system,
    el("div", { class: "numbers" }, inputs.map(([, { element }]) => element), stop.element),
    el("div", { class: "row end" }, el("button", { class: "primary", "data-t": "save" })));
  const shown = dialog("settings", form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = inputs.filter(([, { input }]) => input.value !== "").map(([name, { input }]) => [name, input.valueAsNumber]);
    const stops = stop.input.value.split(",").map((one) => one.trim()).filter(Boolean);
    conversation.system = system.value;
    conversation.sampling = { ...Object.fromEntries(given), ...(stops.length && { stop: stops }) };
    shown.close();
    changed();
  });
}

function number(name, limits, sampling, model) {
  const input = el("input", { class: "field", type: "number", inputmode: "decimal", placeholder: t("byDefault"), ...limits });
  input.value = sampling[name] ?? "";
  return labelled(name, name, input, model);
}

function text(name, value, model) {
  const input = el("input", { class: "field", type: "text", placeholder: t("byDefault") });
  input.value = value;
  return labelled("stopAt", name, input, model);
}

/** An input with its name, and who does what it asks. */
function labelled(key, parameter, input, model) {
  const [id, by] = [freshId(key), freshId("by")];
  input.id = id;
  const doer = DOERS[model?.honours[parameter]];
  if (doer) input.setAttribute("aria-describedby", by);
  const told = doer && el("span", { id: by, class: doer === "nobody" ? "soft small warned" : "soft small", "data-t": doer });
  return { input, element: el("div", { class: "number" }, el("label", { for: id, "data-t": key }), input, told) };
}
