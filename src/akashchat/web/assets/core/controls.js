// The switches every page has: colours and language.

import { el, icon, translate } from "./dom.js";
import { HALF, LANGUAGE, MOON, SUN } from "./icons.js";
import { onLanguage, t, turnLanguage } from "./words.js";
import "./shared.js";

const KEPT = "akashchat-theme";
const THEMES = [["system", HALF], ["light", SUN], ["dark", MOON]];

const theme = () => document.documentElement.dataset.theme ?? "system";

function setTheme(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  try {
    localStorage.setItem(KEPT, name);
  } catch (refused) {
    console.debug("the choice of colours is not kept:", refused.message);
  }
}

/** A button that goes through the colours: the system's, light, dark. */
export function themeButton() {
  const button = el("button", { type: "button", class: "plain", onclick: () => turn() });
  const show = () => {
    const [name, path] = THEMES.find(([one]) => one === theme());
    button.replaceChildren(icon(path));
    const label = `${t("colours")}: ${t(name)}`;
    button.setAttribute("aria-label", label);
    button.title = label;
  };
  const turn = () => {
    const next = (THEMES.findIndex(([one]) => one === theme()) + 1) % THEMES.length;
    setTheme(THEMES[next][0]);
    show();
  };
  onLanguage(show);
  show();
  return button;
}

/** A button that turns the language; it says the other one in its own words. */
export function languageButton() {
  const name = el("span", { "data-t": "otherLanguage" });
  const button = el("button", { type: "button", class: "plain wide", id: "language", onclick: turnLanguage }, icon(LANGUAGE), name);
  const mark = () => (name.lang = document.documentElement.lang === "en" ? "zh-CN" : "en");
  onLanguage(mark);
  mark();
  return button;
}

onLanguage(() => translate(document));
