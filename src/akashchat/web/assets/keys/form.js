// The question for what a key is to be, when it is issued and when it is changed.

import { ask } from "../core/api.js";
import { models } from "../core/catalogue.js";
import { dialog } from "../core/dialog.js";
import { el, freshId } from "../core/dom.js";
import { moment } from "../core/figures.js";
import { session } from "../core/signin.js";
import { t } from "../core/words.js";
import { LIMITS, limitWord } from "./budgets.js";
import { picker } from "./picker.js";

const DAY = 86_400;
const DIALECTS = ["chat", "responses", "messages", "completions", "images", "embeddings", "ollama_chat", "ollama_generate", "tokenize"];
const ENDS = [["keysNoEnd", null], ["form1d", DAY], ["form7d", 7 * DAY], ["form30d", 30 * DAY], ["form90d", 90 * DAY], ["form365d", 365 * DAY]];
const BLANK = { name: "", note: "", admin: false, expires_at: null, scope: { models: [], dialects: [], upstreams: [] }, allowance: {} };

/** What can be chosen from; what cannot be had is not offered. */
async function offers() {
  const told = (asked, read) => asked.then(read).catch((error) => (console.debug("not offered:", error.message), []));
  return Promise.all([
    told(models(), ({ all }) => all.map(({ id }) => id)),
    told(ask("admin/overview").then((reply) => reply.json()), ({ upstreams }) => Object.keys(upstreams)),
  ]);
}

/** Ask; `done` gets what the gateway told of the key. */
export async function openForm(key, done) {
  const given = key ?? { ...BLANK, admin: !session.keyNeeded };
  const [known, upstreams] = await offers();
  const name = el("input", { class: "field", required: true, maxlength: "100", autocomplete: "off", spellcheck: "false", autofocus: true });
  const note = el("input", { class: "field", maxlength: "1000", autocomplete: "off" });
  [name.value, note.value] = [given.name, given.note];
  const admin = el("input", { type: "checkbox", checked: given.admin });
  const ends = ending(key);
  const scopes = { models: picker("formModels", known, given.scope.models, { patterns: true }), dialects: picker("formDialects", DIALECTS, given.scope.dialects), upstreams: picker("formUpstreams", upstreams, given.scope.upstreams) };
  const limits = LIMITS.map((limit) => [limit, amount(given.allowance[limit])]);
  const wrong = el("p", { class: "wrong", role: "alert" });
  const form = el("form", { class: "stack key-form" },
    !key && !session.keyNeeded && el("p", { class: "notice", "data-t": "formFirst" }),
    el("div", { class: "numbers" }, labelled("formName", name), labelled("formNote", note), ends.element),
    el("label", { class: "check" }, admin, el("span", { "data-t": "formAdmin" })),
    Object.values(scopes).map(({ element }) => element),
    el("fieldset", { class: "group" }, el("legend", { "data-t": "formAllowance" }), el("div", { class: "numbers" }, limits.map(([limit, input]) => labelled(limitWord(limit), input)))),
    wrong,
    el("div", { class: "row end" }, el("button", { class: "primary", "data-t": key ? "save" : "formIssue" })));
  const shown = dialog(key ? "formEdit" : "formNew", form);

  async function send() {
    const body = {
      name: name.value.trim(), note: note.value, admin: admin.checked, ...ends.read(),
      scope: Object.fromEntries(Object.entries(scopes).map(([what, { read }]) => [what, read()])),
      allowance: Object.fromEntries(limits.map(([limit, input]) => [limit, input.value === "" ? null : input.valueAsNumber])),
    };
    const reply = key ? await ask(`admin/keys/${key.id}`, { method: "PATCH", body }) : await ask("admin/keys", { body });
    return reply.json();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    try {
      const told = await send();
      shown.close();
      done(told);
    } catch (refused) {
      wrong.textContent = refused.message;
    }
  });
}

/** When it ends: after some time, on a day, or as it is. */
function ending(key) {
  const kept = key?.expires_at ?? null;
  const day = el("input", { class: "field", type: "date", min: new Date().toISOString().slice(0, 10) });
  const options = [...(kept ? [["formKeep", "keep"]] : []), ...ENDS, ["formOn", "day"]];
  const choice = el("select", { class: "field", onchange: () => mark() }, options.map(([word, value]) => el("option", { value: String(value) }, t(word, { when: moment(kept) }))));
  const dayPart = labelled("formDay", day);
  const mark = () => {
    dayPart.hidden = choice.value !== "day";
    day.required = !dayPart.hidden;
  };
  mark();
  const read = () => {
    if (choice.value === "keep") return {};
    if (choice.value === "day") return { expires_at: new Date(`${day.value}T23:59:59`).getTime() / 1000 };
    return { expires_at: choice.value === "null" ? null : Math.round(Date.now() / 1000) + Number(choice.value) };
  };
  return { element: [labelled("formExpires", choice), dayPart], read };
}

function amount(value) {
  const input = el("input", { class: "field", type: "number", inputmode: "numeric", min: "1", step: "1", "data-t-hint": "formUnlimited" });
  input.value = value ?? "";
  return input;
}

function labelled(word, input) {
  input.id = freshId("field");
  return el("div", { class: "stack" }, el("label", { for: input.id, "data-t": word }), input);
}
