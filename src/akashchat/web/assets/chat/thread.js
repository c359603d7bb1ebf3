// The conversation that is looked at, turn by turn.

import { el } from "../core/dom.js";
import { onLanguage, t } from "../core/words.js";
import { answer, isAnswering, stop } from "./answering.js";
import { conversations, keep } from "./conversations.js";
import { Answer, Question } from "./turn.js";

const IDEAS = ["ideaOne", "ideaTwo", "ideaThree", "ideaFour"];
const NEAR_THE_END = 80; // pixels: whoever has scrolled further up reads there and is left alone

/** The thread; `name(id)` gives a model's name, `suggest(text)` puts an idea where one writes. */
export class Thread {
  #views = new Map();

  constructor({ name, suggest }) {
    this.name = name;
    this.suggest = suggest;
    this.turns = el("div", { class: "turns" });
    this.element = el("div", { class: "thread", tabindex: "0", role: "region", "data-t-label": "chat" }, this.turns);
    this.status = document.getElementById("status");
    conversations.addEventListener("current", () => this.show());
    onLanguage(() => this.show());
  }

  /** Draw the whole conversation anew. */
  show() {
    const { turns } = conversations.current;
    this.#views = new Map(turns.map((turn) => [turn, this.#view(turn)]));
    this.turns.replaceChildren(...(turns.length ? [...this.#views.values()].map(({ element }) => element) : [this.#hello()]));
    this.element.scrollTop = this.element.scrollHeight;
  }

  #view(turn) {
    const index = () => conversations.current.turns.indexOf(turn);
    if (turn.role === "user") return new Question(turn, { edit: (text) => this.#editAt(index(), text) });
    return new Answer(turn, { name: this.name, again: () => this.#againAt(index()) });
  }

  #hello() {
    return el("div", { class: "hello" },
      el("h2", { "data-t": "hello" }),
      el("p", { class: "soft", "data-t": "helloLead" }),
      el("ul", { class: "ideas" }, IDEAS.map((key) => el("li", {}, el("button", { type: "button", "data-t": key, onclick: () => this.suggest(t(key)) })))));
  }

  /** Ask. */
  async ask(text, files = []) {
    const conversation = conversations.current;
    conversation.turns.push({ role: "user", text, files });
    this.show();
    await keep(conversation);
    await this.#answer(conversation);
  }

  async #answer(conversation) {
    this.status.textContent = t("answering");
    await answer(conversation, (turn) => this.#changed(conversation, turn));
    if (conversation === conversations.current) this.status.textContent = t("answered");
  }

  #changed(conversation, turn) {
    if (conversation !== conversations.current || !conversation.turns.includes(turn)) return;
    const { element } = this;
    const following = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_THE_END;
    if (!this.#views.has(turn)) {
      this.#views.set(turn, this.#view(turn));
      this.turns.append(this.#views.get(turn).element);
    }
    const view = this.#views.get(turn);
    if (turn.begun === undefined) view.show();
    else view.answering();
    if (following) requestAnimationFrame(() => (element.scrollTop = element.scrollHeight));
  }

  async #editAt(index, text) {
    const { files } = conversations.current.turns[index];
    this.#cut(index);
    await this.ask(text, files);
  }

  async #againAt(index) {
    this.#cut(index);
    this.show();
    await this.#answer(conversations.current);
  }

  #cut(index) {
    if (isAnswering(conversations.current)) stop(conversations.current);
    conversations.current.turns.length = index;
  }
}
