// The languages.  Each part of the page brings its words in both; which are shown is chosen here.

const KEPT = "akashchat-language";
const dictionary = { en: {}, zh: {} };
const listeners = new Set();

export let language = kept() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
document.documentElement.lang = tag();

/** Learn more words: `{en: {key: text}, zh: {key: text}}`. */
export function learn({ en, zh }) {
  Object.assign(dictionary.en, en);
  Object.assign(dictionary.zh, zh);
}

/** A word by its key, with `{name}`s filled in. */
export function t(key, values = {}) {
  const text = dictionary[language][key];
  if (text === undefined) throw new Error(`there is no word for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The language as HTML and numbers name it. */
export function tag() {
  return language === "zh" ? "zh-CN" : "en";
}

/** Call when the language changes. */
export function onLanguage(listener) {
  listeners.add(listener);
}

/** The other language from now on. */
export function turnLanguage() {
  language = language === "zh" ? "en" : "zh";
  document.documentElement.lang = tag();
  try {
    localStorage.setItem(KEPT, language);
  } catch (refused) {
    console.debug("the choice of language is not kept:", refused.message);
  }
  listeners.forEach((listener) => listener());
}

function kept() {
  try {
    const found = localStorage.getItem(KEPT);
    return found === "zh" || found === "en" ? found : undefined;
  } catch (refused) {
    console.debug("no choice of language is kept:", refused.message);
    return undefined;
  }
}
