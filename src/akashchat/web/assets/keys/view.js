// The keys: who may ask for what, issued, changed, renewed and ended.

import { ask } from "../core/api.js";
import { el, icon } from "../core/dom.js";
import { PLUS } from "../core/icons.js";
import { session, signInWith } from "../core/signin.js";
import { styles } from "../core/styles.js";
import { onLanguage, t } from "../core/words.js";
import { openQuestion } from "./asking.js";
import { openForm } from "./form.js";
import { openIssued } from "./issued.js";
import { ended, table } from "./list.js";
import { openUsage } from "./usage.js";
import "./words.js";

const MOST = 1000;

const standing = async (key) => (await (await ask(`admin/keys/${key.id}/usage`)).json()).limits;

/** See `page.js`. */
export async function create() {
  const [list, wrong, count] = [el("div"), el("p", { class: "wrong", role: "alert" }), el("p", { class: "soft empty", "data-t": "keysNone" })];
  const all = el("input", { type: "checkbox", onchange: () => show() });
  const showEnded = el("label", { class: "check small" }, all, el("span", { "data-t": "keysShowEnded" }));
  let [keys, arrived] = [[], false];

  async function load() {
    try {
      keys = (await (await ask(`admin/keys?limit=${MOST}`)).json()).data;
      wrong.textContent = "";
    } catch (error) {
      wrong.textContent = t("keysUnread", { why: error.message });
    }
    show();
  }

  function show() {
    const shown = keys.filter((key) => all.checked || !ended(key));
    count.hidden = keys.length > 0;
    showEnded.hidden = !keys.some(ended);
    list.replaceChildren(...(shown.length ? [table(shown, acts, standing)] : []));
  }

  /** See a key that was issued; the first one closes the gateway, also before this page. */
  async function issued(told) {
    if (!session.keyNeeded) await signInWith(told.key);
    await load();
    await openIssued(told);
  }

  async function renew(key) {
    const told = await (await ask(`admin/keys/${key.id}/rotate`, { method: "POST" })).json();
    if (session.key === key.id) await signInWith(told.key); // the page's own pass ended with the old text
    await load();
    await openIssued(told, { again: true });
  }

  async function revoke(key) {
    await ask(`admin/keys/${key.id}`, { method: "DELETE" });
    await load();
  }

  const acts = {
    edit: (key) => openForm(key, load),
    usage: (key) => openUsage(key, standing(key)).catch((error) => (wrong.textContent = error.message)),
    rotate: (key) => openQuestion({ title: "askRotate", lead: "askRotateLead", yes: "askYesRotate", name: key.name }, () => renew(key)),
    revoke: (key) => openQuestion({ title: "askRevoke", lead: "askRevokeLead", yes: "askYesRevoke", name: key.name }, () => revoke(key)),
  };

  onLanguage(show);
  await Promise.all([styles("assets/dashboard/admin.css"), load()]);
  const make = el("button", { type: "button", class: "primary", onclick: () => openForm(null, issued) }, icon(PLUS), el("span", { "data-t": "keysNew" }));
  const element = el("div", { class: "wide-view" },
    el("div", { class: "view-head" }, el("div", {}, el("h1", { "data-t": "keysTitle" }), el("p", { class: "soft lead", "data-t": "keysLead" })), make),
    wrong, el("section", { class: "card panel" }, count, list, showEnded));
  return {
    element,
    arrive() {
      if (arrived) load();
      arrived = true;
    },
  };
}
