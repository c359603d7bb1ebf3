// What the pages share: elements, languages, copying, code.

/** The gateway's address, without a slash at its end: where this page lies. */
export const home = new URL(".", document.baseURI).href.replace(/\/$/, "");

/** An element with attributes and children; `on…` attributes are listeners, texts stay texts. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

// Languages ---------------------------------------------------------------

const SHARED = {
  en: { skip: "Skip to the content", pages: "Pages", docs: "Docs", health: "Health", copy: "Copy", copied: "Copied", loading: "Loading…" },
  zh: { skip: "跳到正文", pages: "页面", docs: "文档", health: "状态", copy: "复制", copied: "已复制", loading: "加载中…" },
};
const KEPT = "akashchat-language";

/** The page's words: `t(key)` in the language of the moment, `translate(root)` for marked elements. */
export class Words {
  constructor(words, changed) {
    this.words = words;
    this.changed = changed;
    this.language = this.#kept() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
    const button = document.getElementById("language");
    button.addEventListener("click", () => this.#turn());
    this.button = button;
    this.#show();
  }

  t = (key) => this.words[this.language][key] ?? SHARED[this.language][key];

  translate(root) {
    for (const element of root.querySelectorAll("[data-t]")) element.textContent = this.t(element.dataset.t);
    for (const element of root.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", this.t(element.dataset.tLabel));
  }

  #turn() {
    this.language = this.language === "zh" ? "en" : "zh";
    try {
      localStorage.setItem(KEPT, this.language);
    } catch (refused) {
      console.debug("the choice of language is not kept:", refused.message);
    }
    this.#show();
    this.changed();
  }

  #kept() {
    try {
      const kept = localStorage.getItem(KEPT);
      return kept === "zh" || kept === "en" ? kept : undefined;
    } catch (refused) {
      console.debug("no choice of language is kept:", refused.message);
      return undefined;
    }
  }

  #show() {
    document.documentElement.lang = this.language === "zh" ? "zh-CN" : "en";
    this.button.textContent = this.language === "zh" ? "English" : "中文";
    this.button.lang = this.language === "zh" ? "en" : "zh-CN";
    this.translate(document);
  }
}

// Copying -----------------------------------------------------------------

/** A button that copies the text of `source`. */
export function copyButton(source, t) {
  const button = el("button", { type: "button", class: "copy", "aria-live": "polite", "data-t": "copy" }, t("copy"));
  button.addEventListener("click", async () => {
    if (!(await copy(source))) return;
    button.textContent = t("copied");
    button.classList.add("done");
    setTimeout(() => {
      button.textContent = t("copy");
      button.classList.remove("done");
    }, 1600);
  });
  return button;
}

async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    return copySelected(source); // a page without TLS has no clipboard, unless it is localhost's
  }
}

function copySelected(source) {
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  const done = document.execCommand("copy");
  if (done) selection.removeAllRanges();
  return done;
}

// Code --------------------------------------------------------------------

const TOKENS = /(?<comment>(?<=^|\s)(?:#|\/\/) .*$)|(?<key>"(?:[^"\\\n]|\\.)*"(?=\s*:))|(?<string>"(?:[^"\\\n]|\\.)*")|(?<word>\b(?:import|from|const|await|new|curl|true|false|null)\b)|(?<number>(?<![\w.:/-])\d+(?:\.\d+)?(?![\w.-]))/gm;

/** Code in colours, with a button that copies it. */
export function codeBlock(text, t, label) {
  const code = el("code");
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const kind = Object.keys(match.groups).find((name) => match.groups[name] !== undefined);
    code.append(text.slice(end, match.index), el("span", { class: `tok-${kind}` }, match[0]));
    end = match.index + match[0].length;
  }
  code.append(text.slice(end));
  return el("div", { class: "code" }, el("pre", { tabindex: "0", role: "group", "aria-label": label }, code), copyButton(code, t));
}

/** Whether this gateway needs a key: what it answers to one who shows none. */
export async function asksForKey() {
  const reply = await fetch("v1/models?format=openai");
  return [reply.status === 401, reply];
}
