// The list of conversations, in the drawer.

import { dialog } from "../core/dialog.js";
import { el, icon } from "../core/dom.js";
import { PLUS, TRASH } from "../core/icons.js";
import { onLanguage, t } from "../core/words.js";
import { conversations, forget, turnTo } from "./conversations.js";

/** The list, with a button that begins a new one; `turned()` is told that another one is looked at. */
export function conversationList(turned) {
  const go = (conversation) => {
    turnTo(conversation);
    turned();
  };
  const fresh = el("button", { type: "button", class: "new-chat", onclick: () => go() }, icon(PLUS), el("span", { "data-t": "newChat" }));
  const none = el("p", { class: "soft small none", "data-t": "noConversations" });
  const list = el("ul", { class: "conversations" });
  const show = () => {
    none.hidden = conversations.all.length > 0;
    list.replaceChildren(...conversations.all.map((one) => entry(one, () => go(one))));
  };
  conversations.addEventListener("list", show);
  onLanguage(show);
  show();
  return [fresh, el("nav", { class: "scrolled", "data-t-label": "conversations" }, none, list)];
}

function entry(conversation, go) {
  const { title, id } = conversation;
  const label = t("forgetOne", { title });
  return el("li", {},
    el("button", { type: "button", class: "conversation", title, ...(id === conversations.current.id && { "aria-current": "true" }), onclick: go }, title),
    el("button", { type: "button", class: "plain forget", "aria-label": label, title: label, onclick: () => confirmForget(conversation) }, icon(TRASH)));
}

function confirmForget(conversation) {
  const yes = el("button", { type: "button", class: "primary", "data-t": "remove" });
  const no = el("button", { type: "button", "data-t": "cancel", onclick: () => shown.close() });
  const shown = dialog("forgetTitle", el("div", { class: "stack" }, el("p", {}, conversation.title), el("p", { class: "soft", "data-t": "forgetLead" }), el("div", { class: "row end" }, no, yes)), { narrow: true });
  yes.addEventListener("click", async () => {
    shown.close();
    await forget(conversation);
  });
}
