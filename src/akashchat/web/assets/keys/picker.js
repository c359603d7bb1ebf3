// A choice of names, and of patterns beyond them.

import { el, freshId } from "../core/dom.js";
import { t } from "../core/words.js";

/** `names` one can choose with a touch; `chosen` may have others, which are written behind them. */
export function picker(word, names, chosen) {
  const id = freshId("more");
  const boxes = names.map((name) => [name, el("input", { type: "checkbox", checked: chosen.includes(name) })]);
  const more = el("input", { id, class: "field", spellcheck: "false", autocomplete: "off", "data-t-hint": "formMoreHint" });
  more.value = chosen.filter((name) => !names.includes(name)).join(", ");
  const element = el("fieldset", { class: "group" },
    el("legend", { "data-t": word }), el("span", { class: "soft small", "data-t": "formAll" }),
    el("div", { class: "chips" }, boxes.map(([name, box]) => el("label", {}, box, el("span", {}, name)))),
    el("label", { for: id, class: "unseen" }, t("formMore", { what: t(word) })), more);
  const read = () => [...boxes.filter(([, box]) => box.checked).map(([name]) => name), ...more.value.split(",").map((one) => one.trim()).filter(Boolean)];
  return { element, read };
}
