// The conversations: which there are, which one is looked at, and keeping them in the browser.
//
// A conversation is `{id, at, title, model, system, sampling, turns}`, a turn `{role, text, files, …}`; what an
// answer was like (`reasoning`, `usage`, `times`, `error`, `finish`, `ignored`) stands in its turn.

import { Kept } from "../core/keep.js";

const LONGEST_TITLE = 60;
const MODEL = "akashchat-model";
const kept = new Kept("conversations");

/** `list` tells that the list changed, `current` that another one is looked at. */
export const conversations = Object.assign(new EventTarget(), { all: [], current: blank() });

function blank() {
  return { id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, at: Date.now(), title: "", model: lastModel(), system: "", sampling: {}, turns: [] };
}

function lastModel() {
  try {
    return localStorage.getItem(MODEL) ?? "";
  } catch (refused) {
    console.debug("no choice of model is kept:", refused.message);
    return "";
  }
}

/** Read those of earlier visits. */
export async function recall() {
  conversations.all = await kept.all();
  conversations.all.flatMap(({ turns }) => turns).forEach(end);
  tell("list");
}

/** An answer that was on its way when the page was closed is not any more. */
function end(turn) {
  if (turn.begun === undefined) return;
  delete turn.begun;
  turn.finish = "stopped";
}

function tell(name) {
  conversations.dispatchEvent(new Event(name));
}

/** Look at another one, or begin one. */
export function turnTo(conversation = { ...blank(), model: conversations.current.model }) {
  conversations.current = conversation;
  tell("current");
  tell("list");
}

/** Keep it as it is now; it goes to the top of the list. */
export async function keep(conversation) {
  conversation.at = Date.now();
  conversation.title ||= titleOf(conversation);
  conversations.all = [conversation, ...conversations.all.filter(({ id }) => id !== conversation.id)];
  tell("list");
  await kept.put(conversation);
}

function titleOf({ turns: [first] }) {
  const text = first.text.trim().replace(/\s+/g, " ") || first.files?.[0]?.name || "";
  return text.length > LONGEST_TITLE ? `${text.slice(0, LONGEST_TITLE)}…` : text;
}

/** Forget one for good. */
export async function forget({ id }) {
  conversations.all = conversations.all.filter((one) => one.id !== id);
  if (conversations.current.id === id) turnTo();
  tell("list");
  await kept.remove(id);
}

/** Choose the model that answers from now on. */
export function chooseModel(conversation, model) {
  conversation.model = model;
  try {
    localStorage.setItem(MODEL, model);
  } catch (refused) {
    console.debug("the choice of model is not kept:", refused.message);
  }
}
