// How other programs come here: the address, and what each client wants to be told.

import { home } from "../core/api.js";
import { models } from "../core/catalogue.js";
import { codeBlock, copyButton } from "../core/copy.js";
import { el, freshId } from "../core/dom.js";
import { fresh } from "../core/fresh.js";
import { session } from "../core/signin.js";
import { tabs } from "../core/tabs.js";
import { learn, onLanguage, t } from "../core/words.js";
import { GROUPS } from "./clients.js";

learn({
  en: {
    connectTitle: "Connect a client", connectLead: "Any client of OpenAI’s, Anthropic’s or Ollama’s API works here. Give it this address; the rest stays as it is.", baseUrl: "Base URL", bareUrl: "for Anthropic’s and Ollama’s clients",
    noKey: "No key is needed. Clients that insist on one can send anything.", needsKey: "A key is needed.", yourKey: "Key for the examples below", keyStays: "It is put into the examples on this page and goes nowhere else.", keyFresh: "This is the key “{name}”, as it was just issued.", exampleModel: "Model for the examples below",
    groupPlain: "Code", groupAgents: "Terminal", groupPages: "Chat pages", groupLibraries: "Libraries",
  },
  zh: {
    connectTitle: "接入客户端", connectLead: "支持 OpenAI、Anthropic 或 Ollama API 的客户端都能使用。只需填写以下地址，其余不变。", baseUrl: "接口地址（Base URL）", bareUrl: "Anthropic 与 Ollama 的客户端使用",
    noKey: "无需密钥。若客户端必须填写，任意内容即可。", needsKey: "需要密钥。", yourKey: "填入下方示例的密钥", keyStays: "仅填入本页示例，不会发送到任何地方。", keyFresh: "这是刚签发的密钥“{name}”。", exampleModel: "下方示例使用的模型",
    groupPlain: "代码", groupAgents: "终端", groupPages: "聊天页面", groupLibraries: "程序库",
  },
});

const PLACEHOLDER = "YOUR_KEY";

function address(text, about) {
  return el("div", { class: "copyable" }, el("div", {}, el("code", {}, text), about && el("p", { class: "soft small", "data-t": about })), copyButton(() => text));
}

/** See `page.js`. */
export async function create() {
  const [keyId, modelId] = [freshId("key"), freshId("model")];
  const key = el("input", { id: keyId, class: "field", type: "password", autocomplete: "off", spellcheck: "false", oninput: () => fill() });
  const about = el("p", { class: "small", role: "status" });
  const choice = el("select", { id: modelId, class: "field", onchange: () => fill() });
  const keyPart = el("div", { class: "stack" }, el("label", { for: keyId, "data-t": "yourKey" }), key, el("p", { class: "soft small", "data-t": "keyStays" }), about);
  const needed = el("p", { class: "key" }, el("span", { class: "dot" }), el("span"));
  const blocks = [];
  const groups = GROUPS.map(([group, clients]) => el("section", {},
    el("h2", { "data-t": group }),
    tabs(group, clients.map(([name, language, text]) => {
      const place = el("div");
      blocks.push({ place, name, language, text });
      return [name, place];
    }))));

  function fill() {
    const locked = session.keyNeeded;
    const given = { home, locked, key: locked ? key.value.trim() || PLACEHOLDER : "none", model: choice.value || "MODEL" };
    for (const { place, name, language, text } of blocks) place.replaceChildren(codeBlock(text(given), language, name));
  }

  /** The key that was just issued, and of the models those that it opens. */
  function take() {
    key.value = fresh.key;
    load();
  }

  async function load() {
    about.textContent = fresh.key && key.value === fresh.key ? t("keyFresh", fresh) : "";
    keyPart.hidden = !session.keyNeeded;
    needed.dataset.state = session.keyNeeded ? "needed" : "open";
    needed.lastChild.textContent = t(session.keyNeeded ? "needsKey" : "noKey");
    try {
      const writers = (await models()).all.filter((model) => !model.draws && fresh.opens(model));
      choice.replaceChildren(...writers.map(({ id }) => el("option", { value: id }, id)));
    } catch (error) {
      console.debug("the models are not known:", error.message);
    }
    fill();
  }

  session.addEventListener("changed", load);
  fresh.addEventListener("changed", take);
  onLanguage(load);
  key.value = fresh.key;
  await load();
  const element = el("div", { class: "wide-view narrow-view" },
    el("h1", { "data-t": "connectTitle" }), el("p", { class: "soft lead", "data-t": "connectLead" }),
    el("section", { class: "card address" },
      el("h2", { class: "label", "data-t": "baseUrl" }), address(`${home}/v1`), address(home, "bareUrl"), needed,
      el("div", { class: "filling" }, keyPart, el("div", { class: "stack" }, el("label", { for: modelId, "data-t": "exampleModel" }), choice))),
    groups);
  return { element };
}
