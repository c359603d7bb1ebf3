// Copying: buttons, and code in a frame with one.

import { highlighted } from "../text/highlight.js";
import { el, icon } from "./dom.js";
import { COPY, DONE } from "./icons.js";
import { t } from "./words.js";

/** A button that copies what `text()` gives; `bare` shows only a drawing. */
export function copyButton(text, { bare = false, place } = {}) {
  const said = el("span", { class: bare ? "unseen" : "", "data-t": "copy" });
  const button = el("button", { type: "button", class: `copy${bare ? " plain" : ""}`, ...(bare && { "data-t-title": "copy" }) }, bare && icon(COPY), said);
  button.addEventListener("click", async () => {
    if (!(await copied(text(), place))) return;
    show(button, said, "copied", DONE);
    setTimeout(() => show(button, said, "copy", COPY), 1600);
  });
  return button;
}

function show(button, said, key, path) {
  said.dataset.t = key;
  said.textContent = t(key);
  button.classList.toggle("done", key === "copied");
  button.querySelector("svg")?.replaceWith(icon(path));
}

async function copied(text, place) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (refused) {
    console.debug("the clipboard is not there:", refused.message);
    return copiedBySelection(text, place); // without TLS there is none, but on this machine
  }
}

function copiedBySelection(text, place = document.body) {
  const area = el("textarea", { class: "unseen", readonly: true });
  area.value = text;
  place.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** Code in colours, with its language and a button that copies it. */
export function codeBlock(text, language = "", label = language || t("code")) {
  const code = el("code", {}, highlighted(text, language));
  const head = el("div", { class: "code-head" }, el("span", {}, language), copyButton(() => text));
  return el("div", { class: "code" }, head, el("pre", { tabindex: "0", role: "group", "aria-label": label }, code));
}
