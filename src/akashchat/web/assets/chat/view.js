// The conversations: the one that is looked at, the list of all, and where one writes.

import { el, icon } from "../core/dom.js";
import { openDrawer } from "../core/drawer.js";
import { CODE, PLUS, TUNE } from "../core/icons.js";
import { answers, isAnswering, stop } from "./answering.js";
import { Composer } from "./composer.js";
import { chooseModel, conversations, keep, recall, turnTo } from "./conversations.js";
import { dropping } from "./files.js";
import { conversationList } from "./list.js";
import { Picker } from "./picker.js";
import { Thread } from "./thread.js";
import "./words.js";

const wide = matchMedia("(min-width: 52rem)");

/** See `page.js`. */
export async function create() {
  const picker = new Picker({ wanted: () => conversations.current.model, choose: (model, meant) => chosen(model, meant) });
  const thread = new Thread({ name: (id) => picker.nameOf(id), suggest: (text) => composer.write(text) });
  const composer = new Composer({ send, stop: () => stop(conversations.current) });

  function chosen(model, meant) {
    if (meant || !conversations.current.model) chooseModel(conversations.current, model.id);
  }

  function send(text, files) {
    if (!picker.model) return false;
    if (picker.model.id !== conversations.current.model) chooseModel(conversations.current, picker.model.id);
    thread.ask(text, files);
    return true;
  }

  const mark = () => composer.answering(isAnswering(conversations.current));
  const settings = button("settings", TUNE, async () => (await import("./settings.js")).openSettings(conversations.current, picker.model, changed));
  const code = button("asCode", CODE, async () => (await import("./snippets.js")).openSnippets({ ...conversations.current, model: picker.model?.id ?? "MODEL" }));

  async function changed() {
    settings.classList.toggle("marked", isChanged());
    if (conversations.current.turns.length) await keep(conversations.current);
  }

  answers.addEventListener("answering", mark);
  conversations.addEventListener("current", () => {
    picker.show();
    settings.classList.toggle("marked", isChanged());
    mark();
  });
  const element = el("div", { class: "chat" }, el("h1", { class: "unseen", "data-t": "chat" }), el("div", { class: "chat-head" }, picker.element, el("span", { class: "space" }), settings, code), thread.element, el("div", { class: "writing" }, composer.element), el("div", { class: "drop", "aria-hidden": "true" }, el("span", { "data-t": "dropHere" })));
  dropping(element, (files) => composer.add(files));
  await Promise.all([recall(), picker.load()]);
  thread.show();
  const aside = conversationList(() => {
    openDrawer(false);
    if (wide.matches) composer.focus();
  });
  if (wide.matches) requestAnimationFrame(() => document.querySelector("dialog") ?? composer.focus());
  const action = el("button", { type: "button", class: "plain", "data-t-label": "newChat", onclick: () => turnTo() }, icon(PLUS));
  return { element, aside, action };
}

const isChanged = () => Boolean(conversations.current.system || Object.keys(conversations.current.sampling).length);

function button(key, path, act) {
  return el("button", { type: "button", class: "plain", "data-t-label": key, "data-t-title": key, onclick: act }, icon(path));
}
