// Tabs.  https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ : arrows move, and moving shows.

import { el, freshId } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/** A list of tabs and their panels: `items` are `[name, element]`. */
export function tabs(label, items) {
  const stem = freshId("tabs");
  const buttons = items.map(([name], i) => el("button", { type: "button", role: "tab", id: `${stem}-tab-${i}`, "aria-controls": `${stem}-panel-${i}` }, name));
  const panels = items.map(([, content], i) => el("div", { role: "tabpanel", id: `${stem}-panel-${i}`, "aria-labelledby": `${stem}-tab-${i}` }, content));
  let chosen = 0;
  const choose = (next) => {
    chosen = next;
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", i === next);
      button.tabIndex = i === next ? 0 : -1;
      panels[i].hidden = i !== next;
    });
  };
  const list = el("div", { role: "tablist", class: "tabs", "data-t-label": label }, buttons);
  list.addEventListener("keydown", ({ key }) => {
    if (!(key in STEPS)) return;
    choose((chosen + STEPS[key] + items.length) % items.length);
    buttons[chosen].focus();
  });
  buttons.forEach((button, i) => button.addEventListener("click", () => choose(i)));
  choose(0);
  return el("div", { class: "tabbed" }, list, panels);
}
