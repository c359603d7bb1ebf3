// Pictures and files that go along with a question: chosen, pasted or dropped.

import { el, icon } from "../core/dom.js";
import { CLOSE, FILE } from "../core/icons.js";
import { t } from "../core/words.js";

const MOST_MB = 20; // the gateway takes 32 MB in all, and data in base64 is a third longer

/** A file's picture or name; `remove` is called where it can be taken back. */
export function chip({ name, blob }, remove) {
  const shown = blob.type.startsWith("image/") ? thumbnail(name, blob) : [icon(FILE), el("span", { class: "chip-name" }, name)];
  const label = remove && t("removeFile", { name });
  return el("li", { class: blob.type.startsWith("image/") ? "chip shot" : "chip" }, shown, remove && el("button", { type: "button", class: "chip-remove", "aria-label": label, title: label, onclick: remove }, icon(CLOSE)));
}

function thumbnail(name, blob) {
  const address = URL.createObjectURL(blob);
  return el("img", { src: address, alt: name, onload: () => URL.revokeObjectURL(address) });
}

/** The files on the way to the next question. */
export class Attachments {
  files = [];

  constructor(refuse) {
    this.refuse = refuse;
    this.element = el("ul", { class: "chips", hidden: true });
    this.input = el("input", { type: "file", multiple: true, hidden: true, onchange: () => this.add([...this.input.files]) });
  }

  /** Take these along. */
  add(files) {
    for (const file of files) {
      const size = this.files.reduce((sum, { blob }) => sum + blob.size, file.size);
      if (size > MOST_MB * 1024 * 1024) this.refuse(t("tooLarge", { name: file.name, limit: MOST_MB }));
      else this.files.push({ name: file.name || "picture.png", blob: file });
    }
    this.input.value = "";
    this.#show();
  }

  /** Give them away. */
  take() {
    const { files } = this;
    this.files = [];
    this.#show();
    return files;
  }

  #show() {
    const drawn = this.files.map((file) => chip(file, () => {
      this.files = this.files.filter((one) => one !== file);
      this.#show();
    }));
    this.element.replaceChildren(...drawn);
    this.element.hidden = drawn.length === 0;
  }
}

/** Let files be dropped on `place`; `add(files)` gets them. */
export function dropping(place, add) {
  const holds = ({ dataTransfer }) => [...(dataTransfer?.types ?? [])].includes("Files");
  const over = (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    place.classList.add("dropping");
  };
  place.addEventListener("dragenter", over);
  place.addEventListener("dragover", over);
  place.addEventListener("dragleave", ({ relatedTarget }) => place.contains(relatedTarget) || place.classList.remove("dropping"));
  place.addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    place.classList.remove("dropping");
    add([...event.dataTransfer.files]);
  });
}
