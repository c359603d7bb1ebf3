// The doctor: has the gateway look at everything, and tells what to do.

import { ask } from "../core/api.js";
import { el } from "../core/dom.js";
import { events } from "../core/events.js";
import { took } from "../core/figures.js";
import { t } from "../core/words.js";

const VERDICTS = { ok: ["good", "docOk"], warning: ["warn", "docWarning"], failed: ["bad", "docFailed"], skipped: ["none", "docSkipped"] };

/** The panel. */
export function doctor() {
  const image = el("input", { type: "checkbox" });
  const run = el("button", { type: "button", class: "primary", "data-t": "docRun", onclick: () => look() });
  const list = el("ul", { class: "checks" });
  const summary = el("p", { class: "summary", role: "status" });

  async function look() {
    run.disabled = true;
    list.replaceChildren();
    say("", "docLooking");
    try {
      await hear(await ask(`admin/doctor?image=${image.checked}`));
    } catch (error) {
      summary.className = "summary bad";
      summary.textContent = error.message;
    }
    run.disabled = false;
  }

  async function hear(reply) {
    for await (const { name, data } of events(reply)) {
      if (name === "check") list.append(line(JSON.parse(data)));
      if (name === "doctor") return conclude(JSON.parse(data).checks);
    }
    return say("bad", "docCut");
  }

  function conclude(checks) {
    const count = (verdict) => checks.filter((one) => one.verdict === verdict).length;
    const [failed, warned] = [count("failed"), count("warning")];
    if (failed) say("bad", "docIll", { count: failed, all: checks.length });
    else if (warned) say("warn", "docWarned", { count: warned });
    else say("good", "docWell", { count: checks.length });
  }

  function say(look, word, values) {
    summary.className = `summary ${look}`;
    summary.textContent = t(word, values);
  }

  return el("section", { class: "card panel doctor" },
    el("div", { class: "panel-head" }, el("h2", { "data-t": "docTitle" })),
    el("p", { class: "soft small", "data-t": "docLead" }),
    el("div", { class: "row acts" }, run, el("label", { class: "check" }, image, el("span", { "data-t": "docImage" }))),
    summary, list);
}

function line({ subject, check, verdict, seen, remedy, seconds }) {
  const [look, name] = VERDICTS[verdict];
  return el("li", { class: `check-line ${look}` },
    el("p", {}, el("strong", {}, `${subject} · ${check} `), el("span", { class: `pill ${look}`, "data-t": name }), el("span", { class: "soft small" }, ` ${took(seconds * 1000)}`)),
    el("p", { class: "small" }, seen),
    remedy && el("p", { class: "small remedy" }, coded(remedy)));
}

/** A text with what stands between backticks as code. */
function coded(text) {
  return text.split("`").map((part, i) => (i % 2 ? el("code", {}, part) : part));
}
