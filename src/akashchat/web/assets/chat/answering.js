// Asking for an answer, and taking it as it comes.

import { ask } from "../core/api.js";
import { events } from "../core/events.js";
import { bodyOf } from "./body.js";
import { keep } from "./conversations.js";

const running = new Map();

/** Whether an answer to this conversation is on its way. */
export const isAnswering = ({ id }) => running.has(id);

/** Told (`answering`) when an answer begins or ends. */
export const answers = new EventTarget();

/** End the answer that is on its way; what has come stays. */
export function stop({ id }) {
  running.get(id)?.abort();
}

/** Ask for an answer to the conversation as it stands; `changed` is called with its turn as it grows. */
export async function answer(conversation, changed) {
  const controller = new AbortController();
  const turn = { role: "assistant", text: "", reasoning: "", model: conversation.model, begun: performance.now(), times: {} };
  conversation.turns.push(turn);
  running.set(conversation.id, controller);
  answers.dispatchEvent(new Event("answering"));
  changed(turn);
  try {
    await stream(conversation, turn, controller.signal, () => changed(turn));
  } catch (error) {
    if (error.name === "AbortError") turn.finish = "stopped";
    else turn.error = { message: error.message, code: error.code };
  }
  turn.times.all = performance.now() - turn.begun;
  delete turn.begun;
  if (running.get(conversation.id) === controller) running.delete(conversation.id); // another one may have taken its place
  answers.dispatchEvent(new Event("answering"));
  changed(turn);
  if (conversation.turns.includes(turn)) await keep(conversation);
}

async function stream(conversation, turn, signal, changed) {
  const body = await bodyOf(conversation, conversation.turns.length - 1);
  const reply = await ask("v1/chat/completions", { body: { ...body, stream: true, stream_options: { include_usage: true } }, signal });
  turn.ignored = reply.headers.get("x-akashchat-ignored") ?? "";
  turn.trueModel = reply.headers.get("x-akashchat-model") ?? "";
  for await (const { data } of events(reply)) {
    if (data === "[DONE]" || !data) continue;
    take(JSON.parse(data), turn);
    changed();
  }
  if (!turn.finish) throw new Error("cut");
}

function take({ error, usage, choices = [] }, turn) {
  if (error) throw Object.assign(new Error(error.message), { code: error.code });
  if (usage) turn.usage = usage;
  for (const { delta, finish_reason: finish } of choices) {
    const { content, reasoning_content: thought, reasoning } = delta;
    if (content || thought || reasoning) turn.times.first ??= performance.now() - turn.begun;
    if (content && turn.reasoning) turn.times.thought ??= performance.now() - turn.begun;
    turn.text += content ?? "";
    turn.reasoning += thought ?? reasoning ?? "";
    if (finish) turn.finish = finish;
  }
}
