// The models on offer, asked for once and again when somebody has signed in.

import { ask } from "./api.js";

let asked;

/** The models: what `/v1/models` says of each, whether it draws, and who does its parameters. */
export function models() {
  asked ??= load().catch((error) => {
    asked = undefined;
    throw error;
  });
  return asked;
}

/** Ask anew the next time. */
export function forgetModels() {
  asked = undefined;
}

async function load() {
  const [list, told] = await Promise.all([ask("v1/models?format=openai"), ask("v1/capabilities?dialect=chat")]);
  const { models: capabilities } = await told.json();
  const { data } = await list.json();
  const all = data.filter(({ available }) => available !== false).map((model) => {
    const { draws = false, parameters = {} } = capabilities[model.id] ?? capabilities[model.alias_of] ?? {};
    return { ...model, draws, honours: parameters.chat ?? {} };
  });
  return { all, stale: list.headers.get("x-akashchat-stale") === "true" };
}

/** A number of tokens in a few letters: 64K. */
export function short(tokens) {
  return tokens >= 1000 ? `${Math.round(tokens / 1000)}K` : String(tokens);
}
