// The answers as they end: those of before from the ledger, and what comes by the stream of events.

import { ask } from "../core/api.js";
import { el, freshId } from "../core/dom.js";
import { events } from "../core/events.js";
import { full } from "../core/figures.js";
import { onLanguage, t } from "../core/words.js";
import { entry } from "./entry.js";

const MOST = 200;
const BEFORE = 30;
const AGAIN_MS = 3000;
const TYPED_MS = 350;
const FAILED = "failed";

/** The panel; it listens between `arrive` and `depart`. */
export class Live {
  constructor() {
    Object.assign(this, { told: [], held: [], paused: false, leave: null, state: "logAway" });
    this.model = el("input", { class: "field", type: "search", autocomplete: "off", spellcheck: "false", "data-t-hint": "logAny", oninput: () => this.#typed() });
    this.key = el("input", { class: "field", type: "search", autocomplete: "off", spellcheck: "false", "data-t-hint": "logAny", oninput: () => this.#typed() });
    this.errors = el("input", { type: "checkbox", onchange: () => this.arrive() });
    this.pause = el("button", { type: "button", "data-t": "logPause", onclick: () => this.#turn() });
    this.note = el("p", { class: "live-state small soft", role: "status" });
    this.list = el("ul", { class: "log" });
    this.element = el("section", { class: "card panel live" },
      el("div", { class: "panel-head" }, el("h2", { "data-t": "logTitle" }), this.note),
      el("p", { class: "soft small", "data-t": "logLead" }),
      el("div", { class: "filters" },
        labelled("logModel", this.model), labelled("logKey", this.key),
        el("label", { class: "check" }, this.errors, el("span", { "data-t": "logErrors" })),
        el("div", { class: "row" }, this.pause)),
      this.list);
    onLanguage(() => this.#show());
  }

  /** Begin to listen, with what the filters say. */
  arrive() {
    this.depart();
    this.leave = new AbortController();
    this.#listen(this.leave.signal);
  }

  /** Listen no more. */
  depart() {
    this.leave?.abort();
    this.leave = null;
  }

  #typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.arrive(), TYPED_MS);
  }

  #turn() {
    this.paused = !this.paused;
    this.pause.dataset.t = this.paused ? "logResume" : "logPause";
    this.pause.textContent = t(this.pause.dataset.t);
    if (!this.paused) this.#take(this.held.splice(0));
    this.#say();
  }

  async #listen(signal) {
    try {
      const [reply, before] = await Promise.all([ask(`admin/events?${this.#asked()}`, { signal }), this.#before(signal)]);
      this.told = before;
      this.held = [];
      this.#show();
      this.#say("logListening");
      for await (const { name, data } of events(reply)) this.#hear(name, data);
    } catch (error) {
      if (signal.aborted) return;
      console.debug("the events are not heard:", error.message);
    }
    if (signal.aborted) return;
    this.#say("logAway");
    setTimeout(() => signal.aborted || this.#listen(signal), AGAIN_MS);
  }

  /** What the ledger has of before, as events tell it. */
  async #before(signal) {
    const { data } = await (await ask(`admin/usage/rows?limit=${BEFORE}`, { signal })).json();
    return data.map(eventOf).filter((one) => this.#wanted(one));
  }

  #asked() {
    const asked = new URLSearchParams();
    if (this.model.value) asked.set("model", `*${this.model.value}*`);
    if (this.key.value) asked.set("caller", `*${this.key.value}*`);
    if (this.errors.checked) asked.set("errors", "true");
    return asked;
  }

  #wanted({ event, model, true_model: real, caller }) {
    return (!this.errors.checked || event === FAILED) && [model, real].some((one) => one?.includes(this.model.value)) && caller.includes(this.key.value);
  }

  #hear(name, data) {
    if (name === "missed") return this.#say("logMissed", JSON.parse(data));
    if (name !== "outcome") return undefined;
    const one = JSON.parse(data);
    if (this.paused) this.held = [one, ...this.held].slice(0, MOST);
    else this.#take([one]);
    return this.#say();
  }

  #take(news) {
    this.told = [...news, ...this.told].slice(0, MOST);
    this.list.querySelector(".empty")?.remove();
    this.list.prepend(...news.map(entry));
    while (this.list.children.length > MOST) this.list.lastElementChild.remove();
    if (!this.told.length) this.#show();
  }

  #show() {
    this.list.replaceChildren(...(this.told.length ? this.told.map(entry) : [el("li", { class: "soft small empty", "data-t": "logEmpty" })]));
    this.#say();
  }

  #say(state = this.state, values = { count: 0 }) {
    this.state = state;
    const held = this.paused && this.held.length ? ` · ${t("logHeld", { count: full(this.held.length) })}` : "";
    const shown = this.paused && state === "logListening" ? "logPaused" : state;
    this.note.dataset.state = shown;
    const text = `${t(shown, { count: full(values.count) })}${held}`;
    if (this.note.textContent !== text) this.note.textContent = text;
  }
}

function labelled(name, input) {
  input.id = freshId("filter");
  return el("div", { class: "filter" }, el("label", { class: "small", for: input.id, "data-t": name }), input);
}

/** A row of the ledger as an event. */
function eventOf({ outcome, key: _key, id: _id, ...row }) {
  const event = outcome === FAILED ? FAILED : outcome === "left" ? "caller left" : "answered";
  return { ...row, event, ...(event === "answered" && { finish_reason: outcome }) };
}
