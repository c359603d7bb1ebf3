// The key that was issued last, for as long as the page is open: the set-ups for clients take it.

import { session } from "./signin.js";

/** `key` is its text, `name` its name, `opens(model)` whether it opens a model; nothing before one is issued. */
export const fresh = Object.assign(new EventTarget(), { key: "", name: "", opens: () => true });

/** Have the set-ups take this one. */
export function handOver(issued) {
  Object.assign(fresh, { key: issued.key, name: issued.name, opens: (model) => opens(issued.scope.models, model) });
  fresh.dispatchEvent(new Event("changed"));
}

session.addEventListener("changed", () => {
  if (session.admin) return;
  Object.assign(fresh, { key: "", name: "", opens: () => true }); // whoever signs in next is not shown it
  fresh.dispatchEvent(new Event("changed"));
});

/** Whether patterns open a model by its own name, or by that of the model behind it; none open all. */
export function opens(patterns, { id, alias_of: meant }) {
  return !patterns.length || patterns.some((pattern) => [id, meant].some((name) => name && fits(pattern, name)));
}

/** Whether a name fits a pattern, in which `*` stands for any text. */
export function fits(pattern, name) {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}
