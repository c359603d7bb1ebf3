// The pictures that were drawn, kept in the browser.

import { dialog } from "../core/dialog.js";
import { el, icon } from "../core/dom.js";
import { Kept } from "../core/keep.js";
import { AGAIN, SAVE, TRASH } from "../core/icons.js";
import { copyButton } from "../core/copy.js";
import { t, tag } from "../core/words.js";

const kept = new Kept("pictures");

/** The gallery; `again(prompt)` puts a prompt where one writes. */
export class Gallery {
  #addresses = new Map();
  #cards = new Map();

  constructor(again) {
    this.again = again;
    this.element = el("ul", { class: "gallery" });
    this.none = el("p", { class: "soft none", "data-t": "noPictures" });
  }

  /** Show those of earlier visits. */
  async recall() {
    const all = await kept.all();
    this.element.append(...all.map((picture) => this.#card(picture)));
    this.#count();
  }

  /** A new one, at the front. */
  async add(picture) {
    await kept.put(picture);
    this.element.prepend(this.#card(picture));
    this.#count();
  }

  #count() {
    this.none.hidden = this.#cards.size > 0;
  }

  #address({ id, blob }) {
    if (!this.#addresses.has(id)) this.#addresses.set(id, URL.createObjectURL(blob));
    return this.#addresses.get(id);
  }

  #card(picture) {
    const label = t("openPicture", { prompt: picture.prompt });
    const card = el("li", {}, el("button", { type: "button", class: "picture", "aria-label": label, onclick: () => this.#open(picture) }, el("img", { src: this.#address(picture), alt: "", loading: "lazy", width: 512, height: 512 }), el("span", { class: "caption" }, picture.prompt)));
    this.#cards.set(picture.id, card);
    return card;
  }

  #open(picture) {
    const { prompt, drawn, format, at } = picture;
    const save = el("a", { class: "primary", href: this.#address(picture), download: `${nameOf(prompt)}.${format}` }, icon(SAVE), el("span", { "data-t": "download" }));
    const again = el("button", { type: "button" }, icon(AGAIN), el("span", { "data-t": "samePrompt" }));
    const forget = el("button", { type: "button" }, icon(TRASH), el("span", { "data-t": "remove" }));
    const shown = dialog("picture", el("div", { class: "shown" },
      el("img", { src: this.#address(picture), alt: prompt }),
      el("div", { class: "stack" },
        el("p", {}, prompt, " ", copyButton(() => prompt, { bare: true })),
        drawn && drawn !== prompt && el("p", { class: "soft small" }, el("span", { "data-t": "drawnFrom" }), " ", drawn),
        el("p", { class: "soft small" }, new Date(at).toLocaleString(tag(), { dateStyle: "medium", timeStyle: "short" })),
        el("div", { class: "row" }, save, again, forget))));
    shown.classList.add("large");
    again.addEventListener("click", () => {
      shown.close();
      this.again(prompt);
    });
    forget.addEventListener("click", async () => {
      shown.close();
      await this.#forget(picture);
    });
  }

  async #forget({ id }) {
    this.#cards.get(id).remove();
    this.#cards.delete(id);
    URL.revokeObjectURL(this.#addresses.get(id));
    this.#addresses.delete(id);
    this.#count();
    await kept.remove(id);
  }
}

/** A prompt as a file's name. */
const nameOf = (prompt) => prompt.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "picture";
