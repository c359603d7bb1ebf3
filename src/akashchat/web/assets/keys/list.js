// The keys, in a table; on a phone each is a block.

import { el, icon } from "../core/dom.js";
import { ago, moment } from "../core/figures.js";
import { AGAIN, DASHBOARD, EDIT, TRASH } from "../core/icons.js";
import { t } from "../core/words.js";
import { budgets } from "./budgets.js";

const HEADS = ["kName", "kState", "kLeft", "kUsed", "kActions"];

/** Whether a key opens nothing any more. */
export const ended = ({ revoked_at: revoked, expires_at: expires }) => revoked !== null || (expires !== null && expires <= Date.now() / 1000);

/** A table of keys; `acts` are `edit`, `rotate`, `revoke` and `usage`, `limits(key)` promises how its limits stand. */
export function table(keys, acts, limits) {
  return el("table", { class: "keys", role: "table" },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, HEADS.map((name) => el("th", { scope: "col", role: "columnheader", "data-t": name })))),
    el("tbody", { role: "rowgroup" }, keys.map((key) => row(key, acts, limits))));
}

function row(key, acts, limits) {
  const over = ended(key);
  return el("tr", { role: "row", class: over ? "ended" : "", "data-key": key.id },
    el("th", { scope: "row", role: "rowheader" },
      el("div", { class: "key-id" }, el("span", { class: "key-name" }, key.name), key.admin && el("span", { class: "pill", "data-t": "kAdmin" })),
      el("code", {}, `${key.prefix}…`), key.note && el("p", { class: "soft small" }, key.note)),
    cell("kState", state(key)),
    cell("kLeft", left(key, limits)),
    cell("kUsed", el("span", { class: "small", title: moment(key.last_used_at) }, key.last_used_at === null ? t("keysNever") : ago(key.last_used_at))),
    el("td", { role: "cell" }, actions(key, acts)));
}

const cell = (name, content) => el("td", { role: "cell" }, el("span", { class: "cell-label", "aria-hidden": "true", "data-t": name }), el("div", {}, content));

function state({ revoked_at: revoked, expires_at: expires }) {
  if (revoked !== null) return pill("none", t("kRevoked", { when: ago(revoked) }), revoked);
  if (expires === null) return pill("good", t("kActive"));
  const over = expires <= Date.now() / 1000;
  return pill(over ? "none" : "good", over ? t("kExpired", { when: ago(expires) }) : t("kExpires", { when: new Date(expires * 1000).toLocaleDateString(document.documentElement.lang, { dateStyle: "medium" }) }), expires);
}

const pill = (look, said, at = null) => el("span", { class: `pill ${look}`, ...(at && { title: moment(at) }) }, said);

function left(key, limits) {
  if (Object.values(key.allowance).every((limit) => limit === null)) return el("span", { class: "soft small", "data-t": "keysUnlimited" });
  const place = el("div", { class: "budgets" }, el("span", { class: "soft small" }, "…"));
  limits(key).then(
    (told) => place.replaceChildren(...budgets(told, { most: 2 })),
    (error) => place.replaceChildren(el("span", { class: "soft small" }, error.message)));
  return place;
}

function actions(key, acts) {
  const act = (word, path, does) => el("button", { type: "button", class: "plain", "aria-label": t(word, key), title: t(word, key), onclick: () => does(key) }, icon(path));
  return el("div", { class: "key-acts" },
    act("kUsage", DASHBOARD, acts.usage),
    !ended(key) && act("kEdit", EDIT, acts.edit),
    key.revoked_at === null && act("kRotate", AGAIN, acts.rotate),
    key.revoked_at === null && act("kRevoke", TRASH, acts.revoke));
}
