// Where a question is written.

import { el, freshId, icon } from "../core/dom.js";
import { CLIP, SEND, STOP } from "../core/icons.js";
import { t } from "../core/words.js";
import { Attachments } from "./files.js";

/** The composer; `send(text, files)` and `stop()` are what it is for. */
export class Composer {
  constructor({ send, stop }) {
    const id = freshId("question");
    this.send = send;
    this.error = el("p", { class: "wrong", role: "alert" });
    this.attachments = new Attachments((text) => (this.error.textContent = text));
    this.area = el("textarea", { id, rows: "1", "data-t-hint": "ask", oninput: () => this.#changed(), onkeydown: (event) => this.#key(event), onpaste: (event) => this.#paste(event) });
    const attach = el("button", { type: "button", class: "plain", "data-t-label": "attach", "data-t-title": "attach", onclick: () => this.attachments.input.click() }, icon(CLIP));
    this.sending = el("button", { type: "submit", class: "round", disabled: true, "data-t-label": "send", "data-t-title": "send" }, icon(SEND));
    this.stopping = el("button", { type: "button", class: "round stop", hidden: true, "data-t-label": "stop", "data-t-title": "stop", onclick: stop }, icon(STOP));
    const row = el("div", { class: "composer-row" }, attach, this.attachments.input, this.area, this.stopping, this.sending);
    this.element = el("form", { class: "composer", onsubmit: (event) => this.#submit(event) }, el("label", { class: "unseen", for: id, "data-t": "askLabel" }), this.attachments.element, row, this.error);
  }

  /** While an answer comes, the button that sends is one that stops. */
  answering(is) {
    const held = this.element.contains(document.activeElement);
    this.stopping.hidden = !is;
    this.sending.hidden = is;
    if (held && !this.element.contains(document.activeElement)) this.area.focus();
  }

  focus() {
    this.area.focus({ preventScroll: true });
  }

  /** Take these files along with the next question. */
  add(files) {
    this.error.textContent = "";
    this.attachments.add(files);
    this.#changed();
    this.focus();
  }

  /** Put a text there. */
  write(text) {
    this.area.value = text;
    this.#changed();
    this.focus();
  }

  #changed() {
    this.sending.disabled = !this.area.value.trim() && !this.attachments.files.length;
    this.area.style.height = "auto";
    this.area.style.height = `${this.area.scrollHeight}px`;
  }

  /** Enter sends; not while an input method puts a character together, and not with Shift. */
  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit(event);
  }

  #paste(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.area.value.trim();
    if ((!text && !this.attachments.files.length) || !this.stopping.hidden) return;
    this.error.textContent = "";
    if (!this.send(text, this.attachments.files)) {
      this.error.textContent = t("noModels");
      return;
    }
    this.area.value = "";
    this.attachments.take();
    this.#changed();
  }
}
