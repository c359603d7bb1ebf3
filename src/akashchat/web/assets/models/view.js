// The models: what each one is, what it can do, and whether it answers now.

import { models } from "../core/catalogue.js";
import { el } from "../core/dom.js";
import { session } from "../core/signin.js";
import { learn, onLanguage, t } from "../core/words.js";
import { conversations, chooseModel, turnTo } from "../chat/conversations.js";
import { card } from "./card.js";
import "../chat/words.js";

learn({
  en: {
    modelsTitle: "Models", modelsLead: "What is on offer here at the moment, and what each one follows.", modelContext: "Context", tokensOf: "{count} tokens", modelSize: "Parameters", modelKind: "Architecture", modelSampling: "Temperature · Top P", modelSource: "Weights", modelAlias: "Stands for",
    pillDraws: "Draws", capabilities: "Follows", byUpstream: "done by the upstream", byGateway: "done by the gateway", byNobody: "not followed", test: "Test", testing: "Asking…", works: "First word after {seconds} s: {text}", testQuestion: "Say hello in one short sentence.",
    chatWith: "Chat", drawWith: "Draw", capTools: "Tools", capJson: "JSON", capStop: "Stop", capLength: "Length", capTemperature: "Temperature", capTopP: "Top P", capSeed: "Seed", capLogprobs: "Log probs",
  },
  zh: {
    modelsTitle: "模型", modelsLead: "目前可用的模型，以及它们各自遵循的参数。", modelContext: "上下文", tokensOf: "{count} 个词元", modelSize: "参数量", modelKind: "架构", modelSampling: "温度 · Top P", modelSource: "权重", modelAlias: "即",
    pillDraws: "可绘图", capabilities: "支持", byUpstream: "由上游实现", byGateway: "由网关实现", byNobody: "不遵循", test: "测试", testing: "正在询问…", works: "{seconds} 秒后出现首字：{text}", testQuestion: "用一句话打个招呼。",
    chatWith: "对话", drawWith: "绘图", capTools: "工具", capJson: "JSON", capStop: "停止词", capLength: "长度", capTemperature: "温度", capTopP: "Top P", capSeed: "种子", capLogprobs: "对数概率",
  },
});

function use(model) {
  if (!model.draws) {
    turnTo();
    chooseModel(conversations.current, model.id);
    turnTo(conversations.current);
  }
  location.hash = model.draws ? "pictures" : "chat";
}

/** See `page.js`. */
export async function create() {
  const list = el("ul", { class: "models" });
  const note = el("p", { class: "soft", role: "status" });
  const show = async () => {
    try {
      const { all, stale } = await models();
      note.textContent = stale ? t("stale") : all.length ? "" : t("noModels");
      list.replaceChildren(...all.map((model) => card(model, use)));
    } catch (error) {
      note.textContent = error.message;
      list.replaceChildren();
    }
    note.hidden = !note.textContent;
  };
  session.addEventListener("changed", show);
  onLanguage(show);
  await show();
  const legend = el("p", { class: "legend small soft" }, ["byUpstream", "byGateway", "byNobody"].map((key) => el("span", { class: `cap ${key}`, "data-t": key })));
  return { element: el("div", { class: "wide-view" }, el("h1", { "data-t": "modelsTitle" }), el("p", { class: "soft lead", "data-t": "modelsLead" }), legend, note, list) };
}
