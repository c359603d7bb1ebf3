// A model, told on a card.

import { ask } from "../core/api.js";
import { copyButton } from "../core/copy.js";
import { el, icon } from "../core/dom.js";
import { CHAT, PICTURE } from "../core/icons.js";
import { events } from "../core/events.js";
import { t, tag } from "../core/words.js";

const LONGEST_SAMPLE = 160;
const SHOWN = [["tools", "capTools"], ["response_format", "capJson"], ["stop", "capStop"], ["max_tokens", "capLength"], ["temperature", "capTemperature"], ["top_p", "capTopP"], ["seed", "capSeed"], ["logprobs", "capLogprobs"]];
const DOERS = { upstream: "byUpstream", gateway: "byGateway", information: "byGateway", ignored: "byNobody" };

const row = (key, value) => value && el("div", {}, el("dt", { "data-t": key }), el("dd", {}, value));

/** The card; `use(model)` goes to where it can be used. */
export function card(model, use) {
  const id = el("code", {}, model.id);
  const facts = [
    row("modelContext", model.context_length && t("tokensOf", { count: model.context_length.toLocaleString(tag()) })),
    row("modelSize", model.parameters),
    row("modelKind", model.architecture),
    row("modelSampling", model.temperature != null && `${model.temperature} · ${model.top_p ?? "–"}`),
    row("modelSource", model.hf_repo),
    row("modelAlias", model.alias_of),
  ];
  return el("li", { class: "card model" },
    el("div", { class: "model-head" }, el("h2", {}, model.name), model.draws && el("span", { class: "pill", "data-t": "pillDraws" })),
    model.description && el("p", {}, model.description),
    el("div", { class: "model-id" }, id, copyButton(() => model.id, { bare: true })),
    el("dl", { class: "facts-list" }, facts),
    !model.draws && capabilities(model),
    trial(model, use));
}

function capabilities({ honours }) {
  const known = SHOWN.filter(([name]) => name in honours);
  return el("div", {},
    el("h3", { class: "label", "data-t": "capabilities" }),
    el("ul", { class: "caps" }, known.map(([name, key]) => el("li", { class: `cap ${DOERS[honours[name]]}`, title: t(DOERS[honours[name]]) }, el("span", { "data-t": key }), el("span", { class: "unseen" }, ` (${t(DOERS[honours[name]])})`)))));
}

/** Buttons that test it and use it, and what came of the test. */
function trial(model, use) {
  const outcome = el("p", { class: "outcome", role: "status" });
  const test = el("button", { type: "button", "data-t": "test", onclick: () => tested() });
  const go = el("button", { type: "button", class: "primary", onclick: () => use(model) }, icon(model.draws ? PICTURE : CHAT), el("span", { "data-t": model.draws ? "drawWith" : "chatWith" }));
  async function tested() {
    test.disabled = true;
    outcome.className = "outcome";
    outcome.textContent = t("testing");
    try {
      const { first, text } = await sample(model);
      outcome.textContent = t("works", { seconds: (first / 1000).toLocaleString(tag(), { maximumFractionDigits: 2 }), text });
      outcome.classList.add("good");
    } catch (error) {
      outcome.textContent = error.message;
      outcome.classList.add("bad");
    }
    test.disabled = false;
  }
  return el("div", { class: "trial" }, el("div", { class: "row" }, go, !model.draws && test), outcome);
}

/** A few words of a model's, and after how long they came. */
async function sample(model) {
  const begun = performance.now();
  const messages = [{ role: "user", content: t("testQuestion") }];
  const reply = await ask("v1/chat/completions", { body: { model: model.id, messages, stream: true } });
  let [first, text] = [0, ""];
  for await (const { data } of events(reply)) {
    if (data === "[DONE]" || !data) continue;
    const { error, choices = [] } = JSON.parse(data);
    if (error) throw new Error(error.message);
    const { content, reasoning_content: thought } = choices[0]?.delta ?? {};
    if (content || thought) first ||= performance.now() - begun;
    text += content ?? "";
    if (text.length > LONGEST_SAMPLE) break; // leaving ends the answer at Akash too
  }
  return { first, text: text.length > LONGEST_SAMPLE ? `${text.slice(0, LONGEST_SAMPLE)}…` : text };
}
