// A choice of names, and of patterns beyond them.

import { el, freshId } from "../core/dom.js";
import { t } from "../core/words.js";

/** `names` one can choose with a touch; with `patterns` others can be written, without them those `chosen` are offered. */
export function picker(word, names, chosen, { patterns = false } = {}) {
  const offered = patterns ? names : [...new Set([...names, ...chosen])];
  const boxes = offered.map((name) => [name, el("input", { type: "checkbox", checked: chosen.includes(name) })]);
  const more = patterns ? written(word, chosen.filter((name) => !names.includes(name))) : null;
  const element = el("fieldset", { class: "group" },
    el("legend", { "data-t": word }), el("span", { class: "soft small", "data-t": "formAll" }),
    el("div", { class: "choices" }, boxes.map(([name, box]) => el("label", {}, box, el("span", {}, name)))), more?.element);
  return { element, read: () => [...boxes.filter(([, box]) => box.checked).map(([name]) => name), ...(more?.read() ?? [])] };
}

function written(word, names) {
  const id = freshId("more");
  const input = el("input", { id, class: "field", spellcheck: "false", autocomplete: "off", "data-t-hint": "formMoreHint" });
  input.value = names.join(", ");
  return { element: [el("label", { for: id, class: "unseen" }, t("formMore", { what: t(word) })), input], read: () => input.value.split(",").map((one) => one.trim()).filter(Boolean) };
}
