// Dialogs: the browser's own, which keep the focus and close with Escape.

import { el, freshId, icon } from "./dom.js";
import { CLOSE } from "./icons.js";

/** Show a dialog with a heading (a word's key) and what is in it; gives the element. */
export function dialog(title, content, { narrow = false, onclose } = {}) {
  const id = freshId("dialog");
  const shown = el("dialog", { class: narrow ? "dialog narrow" : "dialog", "aria-labelledby": id },
    el("div", { class: "dialog-head" },
      el("h2", { id, "data-t": title }),
      el("button", { type: "button", class: "plain", "data-t-label": "close", onclick: () => shown.close() }, icon(CLOSE))),
    el("div", { class: "dialog-body" }, content));
  shown.addEventListener("close", () => {
    shown.remove();
    onclose?.();
  });
  shown.addEventListener("click", ({ target }) => target === shown && shown.close());
  document.body.append(shown);
  shown.showModal();
  return shown;
}
