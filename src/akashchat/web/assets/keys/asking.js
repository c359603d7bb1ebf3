// A question before something that cannot be taken back.

import { dialog } from "../core/dialog.js";
import { el } from "../core/dom.js";
import { t } from "../core/words.js";

/** Ask; `act` is done where the answer is yes, and what it fails with is told. */
export function openQuestion({ title, lead, yes, name }, act) {
  const wrong = el("p", { class: "wrong", role: "alert" });
  const go = el("button", { type: "button", class: "primary", "data-t": yes, onclick: () => done() });
  const shown = dialog(title, el("div", { class: "stack issued" },
    el("p", {}, t(lead, { name })), wrong,
    el("div", { class: "row end" }, el("button", { type: "button", autofocus: true, "data-t": "cancel", onclick: () => shown.close() }), go)), { narrow: true });
  async function done() {
    go.disabled = true;
    try {
      const told = await act();
      shown.close();
      return told;
    } catch (error) {
      go.disabled = false;
      wrong.textContent = error.message;
      return undefined;
    }
  }
}
