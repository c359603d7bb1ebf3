// One turn of a conversation, drawn: a question, or an answer as it grows.

import { copyButton } from "../core/copy.js";
import { el, icon } from "../core/dom.js";
import { AGAIN, EDIT } from "../core/icons.js";
import { t, tag } from "../core/words.js";
import { Growing } from "../text/markdown.js";
import { chip } from "./files.js";

const round = (milliseconds) => (milliseconds / 1000).toLocaleString(tag(), { maximumFractionDigits: milliseconds < 10_000 ? 1 : 0 });
const action = (key, path, act) => el("button", { type: "button", class: "plain", "data-t-label": key, "data-t-title": key, onclick: act }, icon(path));

/** A question; `edit(text)` asks it anew, in other words. */
export class Question {
  constructor(turn, { edit }) {
    this.turn = turn;
    this.edit = edit;
    this.element = el("article", { class: "turn question", "data-t-label": "you" });
    this.show();
  }

  show() {
    const { text, files = [] } = this.turn;
    this.element.replaceChildren(
      el("ul", { class: "chips", hidden: !files.length }, files.map((file) => chip(file))),
      el("div", { class: "bubble", hidden: !text }, text),
      el("div", { class: "actions" }, copyButton(() => text, { bare: true }), action("edit", EDIT, () => this.#write())));
  }

  answering() {} // a question is as it is

  #write() {
    const area = el("textarea", { class: "field", rows: "3", "data-t-label": "askLabel" });
    area.value = this.turn.text;
    const form = el("form", { class: "editing stack" }, area,
      el("div", { class: "row end" },
        el("button", { type: "button", "data-t": "cancel", onclick: () => this.show() }),
        el("button", { class: "primary", "data-t": "sendEdited" })));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (area.value.trim()) this.edit(area.value.trim());
    });
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.show();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    this.element.replaceChildren(form);
    area.focus();
  }
}

/** An answer; `again()` asks for another in its place. */
export class Answer {
  #text = new Growing();
  #thought = new Growing();
  #frame = 0;

  constructor(turn, { again, name }) {
    this.turn = turn;
    this.name = name;
    this.summary = el("summary");
    this.thoughts = el("details", { class: "thoughts", hidden: true }, this.summary, this.#thought.element);
    this.waiting = el("p", { class: "waiting" }, el("span", { class: "unseen", "data-t": "working" }));
    this.note = el("p", { class: "wrong" });
    this.facts = el("span", { class: "facts" });
    this.actions = el("div", { class: "actions" }, copyButton(() => turn.text, { bare: true }), action("again", AGAIN, again), this.facts);
    this.element = el("article", { class: "turn answer" }, el("h2", { class: "author" }, name(turn.model)), this.thoughts, this.#text.element, this.waiting, this.note, this.actions);
    this.show();
  }

  /** Draw what has come, at most once a frame. */
  answering() {
    this.#frame ||= requestAnimationFrame(() => this.show());
  }

  show() {
    const { turn } = this;
    const coming = turn.begun !== undefined;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.element.setAttribute("aria-label", t("answerOf", { model: this.name(turn.model) }));
    this.element.setAttribute("aria-busy", coming);
    this.#text.show(turn.text);
    this.#showThoughts(coming && !turn.text);
    this.waiting.hidden = !coming || Boolean(turn.text || turn.reasoning);
    this.note.textContent = turn.error ? (turn.error.message === "cut" ? t("cut") : turn.error.message) : "";
    this.note.hidden = !turn.error;
    this.actions.hidden = coming;
    this.facts.textContent = coming ? "" : factsOf(turn).join(" · ");
  }

  #showThoughts(thinking) {
    const { reasoning, times } = this.turn;
    this.thoughts.hidden = !reasoning;
    this.thoughts.classList.toggle("thinking", thinking);
    this.#thought.show(reasoning);
    const whole = times.thought > 500 ? t("thoughtFor", { seconds: round(times.thought) }) : t("thoughts");
    this.summary.textContent = thinking ? t("thinking") : whole;
  }
}

function factsOf({ usage, times, finish, ignored, trueModel }) {
  const count = usage?.completion_tokens;
  const spent = (times.all - (times.first ?? 0)) / 1000;
  return [
    ["stopped", "length", "content_filter"].includes(finish) && t(finish),
    count && t(usage.estimated ? "estimated" : "tokens", { count: count.toLocaleString(tag()) }),
    times.all && t("seconds", { seconds: round(times.all) }),
    times.first > 100 && t("firstWord", { seconds: round(times.first) }),
    count > 1 && spent > 0.2 && t("perSecond", { count: Math.round(count / spent) }),
    trueModel,
    ignored && t("ignored", { names: ignored }),
  ].filter(Boolean);
}
