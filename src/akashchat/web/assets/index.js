// The front page: the address, the set-ups, the models.

import { asksForKey, codeBlock, copyButton, el, home, Words } from "./common.js";

const WORDS = {
  en: {
    title: "Akash’s models, for any OpenAI or Anthropic client",
    lead: "This gateway speaks OpenAI’s API, Anthropic’s and Ollama’s, and answers with the open models of Akash Chat. Give your client the address below, without /v1 for Anthropic’s and Ollama’s; the rest stays as it is.",
    address: "Base URL",
    asking: "Asking whether a key is needed…",
    noKey: "No key is needed. Clients that insist on one can send anything.",
    needsKey: "A key is needed. The operator of this gateway gives it out.",
    keyLabel: "Your key, to see the models here",
    show: "Show",
    wrongKey: "That key is not valid.",
    setup: "Set up",
    models: "Models",
    hidden: "Shown to whoever has a key.",
    none: "No model is on offer at the moment.",
    stale: "Akash cannot be reached at the moment; this list is from before.",
    failed: "The models cannot be listed:",
    context: "tokens of context",
    draws: "Draws pictures",
    more: "More",
    docsLong: "API documentation",
    ready: "Readiness",
    docker: "# Within Docker, the host is host.docker.internal, not",
  },
  zh: {
    title: "让任何 OpenAI 或 Anthropic 客户端都能使用 Akash 的模型",
    lead: "本网关支持 OpenAI、Anthropic 和 Ollama 的 API，由 Akash Chat 的开放模型作答。把下面的地址填到客户端即可（Anthropic 和 Ollama 的客户端不带 /v1），其余不变。",
    address: "接口地址（Base URL）",
    asking: "正在查询是否需要密钥…",
    noKey: "无需密钥。若客户端必须填写，任意内容即可。",
    needsKey: "需要密钥，请向本网关的管理者索取。",
    keyLabel: "输入密钥即可在此查看模型",
    show: "查看",
    wrongKey: "密钥无效。",
    setup: "接入方式",
    models: "模型",
    hidden: "持有密钥者可见。",
    none: "目前没有可用的模型。",
    stale: "目前无法连接 Akash，以下为此前的列表。",
    failed: "无法列出模型：",
    context: "词元上下文",
    draws: "可绘图",
    more: "更多",
    docsLong: "接口文档",
    ready: "就绪状态",
    docker: "# 在 Docker 中请写 host.docker.internal，而不是",
  },
};

const base = `${home}/v1`;
const page = { needsKey: undefined, models: [], draws: new Set(), note: "loading", detail: "" };
const words = new Words(WORDS, render);
const { t } = words;
const byId = (id) => document.getElementById(id);

function setups() {
  const key = page.needsKey ? "YOUR_KEY" : "none";
  const model = page.models.find(({ id }) => !page.draws.has(id))?.id ?? "MODEL";
  const auth = page.needsKey ? `  -H "Authorization: Bearer ${key}" \\\n` : "";
  const { hostname } = location;
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(hostname) ? `${t("docker")} ${hostname}\n` : "";
  return [
    ["curl", `curl ${base}/chat/completions \\\n${auth}  -H "Content-Type: application/json" \\\n  -d '{\n    "model": "${model}",\n    "messages": [{"role": "user", "content": "Hello!"}]\n  }'`],
    ["Python", `from openai import OpenAI\n\nclient = OpenAI(base_url="${base}", api_key="${key}")\nreply = client.chat.completions.create(\n    model="${model}",\n    messages=[{"role": "user", "content": "Hello!"}],\n)\nprint(reply.choices[0].message.content)`],
    ["JavaScript", `import OpenAI from "openai";\n\nconst client = new OpenAI({ baseURL: "${base}", apiKey: "${key}" });\nconst reply = await client.chat.completions.create({\n  model: "${model}",\n  messages: [{ role: "user", content: "Hello!" }],\n});\nconsole.log(reply.choices[0].message.content);`],
    ["Open WebUI", `${local}OPENAI_API_BASE_URL=${base}\nOPENAI_API_KEY=${key}`],
  ];
}

/** Tabs, after the ARIA authoring practices: arrows move, and moving shows. */
function tabs(items, chosen) {
  const buttons = items.map(([name], i) => el("button", { type: "button", role: "tab", id: `tab-${i}`, "aria-controls": `panel-${i}` }, name));
  const panels = items.map(([name, text], i) => el("div", { role: "tabpanel", id: `panel-${i}`, "aria-labelledby": `tab-${i}` }, codeBlock(text, t, name)));
  const choose = (next) => {
    page.setup = next;
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", i === next);
      button.tabIndex = i === next ? 0 : -1;
      panels[i].hidden = i !== next;
    });
  };
  const list = el("div", { role: "tablist", class: "tabs", "aria-labelledby": "setup-title" }, buttons);
  list.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    choose((page.setup + step + items.length) % items.length);
    buttons[page.setup].focus();
  });
  buttons.forEach((button, i) => button.addEventListener("click", () => choose(i)));
  choose(chosen);
  return [list, panels].flat();
}

function modelItem(model) {
  const id = el("code", {}, model.id);
  return el("li", { class: "card model" },
    el("h3", {}, model.name, page.draws.has(model.id) && el("span", { class: "pill" }, t("draws"))),
    model.description && el("p", {}, model.description),
    el("div", { class: "model-id" }, id, copyButton(id, t)),
    model.context_length && el("p", { class: "soft" }, `${model.context_length.toLocaleString(words.language)} ${t("context")}`));
}

function render() {
  byId("address").textContent = base;
  const asked = page.needsKey !== undefined;
  byId("key").dataset.state = asked ? (page.needsKey ? "needed" : "open") : "unknown";
  byId("key").hidden = page.needsKey === undefined && page.note === "failed";
  byId("key-text").textContent = t(asked ? (page.needsKey ? "needsKey" : "noKey") : "asking");
  byId("key-form").hidden = !page.needsKey || page.models.length > 0;
  byId("setup").replaceChildren(...tabs(setups(), page.setup ?? 0));
  byId("count").textContent = page.models.length || "";
  byId("models").replaceChildren(...page.models.map(modelItem));
  byId("models-note").hidden = !page.note;
  byId("models-note").textContent = page.note ? [t(page.note), page.detail].filter(Boolean).join(" ") : "";
}

async function read(reply, key) {
  const body = await reply.json();
  if (!reply.ok) throw new Error(body.error?.message ?? reply.statusText);
  page.models = body.data;
  page.note = reply.headers.get("x-akashchat-stale") ? "stale" : body.data.length ? "" : "none";
  page.detail = "";
  const told = await (await fetch("v1/capabilities", withKey(key))).json();
  page.draws = new Set(Object.entries(told.models ?? {}).filter(([, model]) => model.draws).map(([id]) => id));
}

const withKey = (key) => (key ? { headers: { authorization: `Bearer ${key}` } } : {});

function fail(error) {
  page.note = "failed";
  page.detail = error.message;
}

async function start() {
  try {
    const [needsKey, reply] = await asksForKey();
    page.needsKey = needsKey;
    if (needsKey) page.note = "hidden";
    else await read(reply);
  } catch (error) {
    fail(error);
  }
  render();
}

byId("key-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = byId("key-input");
  const key = input.value.trim();
  try {
    const reply = await fetch("v1/models?format=openai", withKey(key));
    if (reply.status !== 401) await read(reply, key);
    else {
      input.setCustomValidity(t("wrongKey"));
      input.reportValidity();
    }
  } catch (error) {
    fail(error);
  }
  render();
});

byId("key-input").addEventListener("input", ({ target }) => target.setCustomValidity(""));
byId("address").after(copyButton(byId("address"), t));
render();
start();
