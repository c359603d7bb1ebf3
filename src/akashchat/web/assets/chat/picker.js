// The choice of a model: a button, and a list that says what each one is.
// https://www.w3.org/WAI/ARIA/apg/patterns/listbox/

import { models, short } from "../core/catalogue.js";
import { el, freshId, icon } from "../core/dom.js";
import { DONE, DOWN } from "../core/icons.js";
import { session } from "../core/signin.js";
import { onLanguage, t } from "../core/words.js";
import "./words.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

/** A picker; `choose(model)` is told of each choice, `wanted()` says which id it should show. */
export class Picker {
  #models = [];
  #active = 0;

  constructor({ wanted, choose }) {
    this.wanted = wanted;
    this.choose = choose;
    const id = freshId("models");
    this.name = el("span", { class: "picker-name" }, "…");
    this.button = el("button", { type: "button", class: "picker-button", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": id, onclick: () => this.#open(this.list.hidden) }, el("span", { class: "unseen", "data-t": "model" }), this.name, icon(DOWN));
    this.list = el("div", { id, class: "picker-list", role: "listbox", tabindex: "-1", hidden: true, "data-t-label": "chooseModel", onkeydown: (event) => this.#key(event) });
    this.element = el("div", { class: "picker", onfocusout: ({ relatedTarget }) => this.element.contains(relatedTarget) || this.#open(false) }, this.button, this.list);
    session.addEventListener("changed", () => this.load());
    onLanguage(() => this.#draw());
  }

  /** The model that is chosen, or `undefined` where there is none yet. */
  get model() {
    return this.#models.find(({ id }) => id === this.wanted()) ?? this.#models.find(({ draws }) => !draws) ?? this.#models[0];
  }

  /** A model's name by its id. */
  nameOf(id) {
    return this.#models.find((model) => model.id === id)?.name ?? id;
  }

  /** Ask which models there are. */
  async load() {
    try {
      const { all } = await models();
      this.#models = all;
      this.failed = all.length ? "" : t("noModels");
    } catch (error) {
      this.#models = [];
      this.failed = error.status === 401 ? t("chooseModel") : error.message;
    }
    this.show();
  }

  /** Show the one that is wanted now. */
  show() {
    this.name.textContent = this.model?.name ?? (this.failed || "…");
    this.button.title = this.failed ?? "";
    if (this.model) this.choose(this.model);
    this.#draw();
  }

  #draw() {
    this.list.replaceChildren(...this.#models.map((model) => this.#option(model)));
  }

  #option(model) {
    const facts = [model.parameters, model.draws && t("draws"), model.alias_of && t("aliasOf", { model: model.alias_of }), model.context_length && t("contextOf", { tokens: short(model.context_length) })];
    return el("div", { id: freshId("option"), class: "option", role: "option", "aria-selected": model === this.model, onclick: () => this.#pick(model) },
      el("div", { class: "option-name" }, model.name, model === this.model && icon(DONE)),
      el("div", { class: "option-about" }, model.description),
      el("div", { class: "option-facts" }, facts.filter(Boolean).join(" · ")));
  }

  #open(open) {
    if (open === !this.list.hidden) return;
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", open);
    if (!open) return;
    this.#activate(Math.max(0, this.#models.indexOf(this.model)));
    this.list.focus();
  }

  #activate(index) {
    this.#active = Math.max(0, Math.min(index, this.#models.length - 1));
    [...this.list.children].forEach((option, i) => option.classList.toggle("active", i === this.#active));
    const option = this.list.children[this.#active];
    if (!option) return;
    this.list.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    if (event.key in STEPS) this.#activate(this.#active + STEPS[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.#pick(this.#models[this.#active]);
    else if (event.key === "Escape") this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #pick(model) {
    this.choose(model, true);
    this.show();
    this.#close();
  }

  #close() {
    this.#open(false);
    this.button.focus();
  }
}
