// A key that was just issued: shown this once, with what one needs to use it.

import { home } from "../core/api.js";
import { codeBlock, copyButton } from "../core/copy.js";
import { dialog } from "../core/dialog.js";
import { el } from "../core/dom.js";
import { fresh, handOver } from "../core/fresh.js";
import { models } from "../core/catalogue.js";
import { tabs } from "../core/tabs.js";
import { GROUPS } from "../connect/clients.js";

const TRIED = 2;

/** Show it; `again` where it is a new text for a key there was. */
export async function openIssued(issued, { again = false } = {}) {
  handOver(issued);
  const model = await modelFor().catch((error) => (console.debug("the models are not known:", error.message), "MODEL"));
  const given = { home, key: issued.key, model, locked: true };
  const [[, clients]] = GROUPS;
  const place = el("div", { class: "stack issued" });
  const client = () => {
    shown.close();
    location.hash = "connect";
  };
  const copy = copyButton(() => issued.key, { place });
  copy.autofocus = true;
  place.append(
    el("div", { class: "once" },
      el("p", { class: "label" }, issued.name),
      el("div", { class: "copyable" }, el("code", { class: "issued-key", tabindex: "0" }, issued.key), copy)),
    el("p", { class: "warned" }, el("span", { "data-t": "issuedOnce" }), again && [" ", el("span", { "data-t": "issuedOld" })]),
    el("h3", { class: "label", "data-t": "issuedTry" }),
    tabs("issuedTry", clients.slice(0, TRIED).map(([name, language, text]) => [name, codeBlock(text(given), language, name)])),
    el("div", { class: "row end" },
      el("button", { type: "button", "data-t": "issuedClient", onclick: client }),
      el("button", { type: "button", class: "primary", "data-t": "issuedDone", onclick: () => shown.close() })));
  const shown = dialog("issuedTitle", place);
}

/** A model that it opens, to try it with. */
async function modelFor() {
  const { all } = await models();
  return (all.find((model) => !model.draws && fresh.opens(model)) ?? { id: "MODEL" }).id;
}
