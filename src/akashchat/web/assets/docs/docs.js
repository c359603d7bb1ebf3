// The API's documentation, made from /openapi.json.

import { home } from "../core/api.js";
import { languageButton, themeButton } from "../core/controls.js";
import { codeBlock, copyButton } from "../core/copy.js";
import { byId, el, translate } from "../core/dom.js";
import { learn, onLanguage, t } from "../core/words.js";
import { markdown } from "../text/markdown.js";
import { described, fields, parameters, resolve, typeOf } from "./schema.js";

learn({
  en: {
    contents: "Contents", schemas: "Schemas", errors: "Errors", address: "Base URL",
    parameters: "Parameters", body: "Request body", responses: "Responses", request: "Request", response: "Response", example: "Example", whichExample: "Which example",
    required: "required", field: "Field", meaning: "Meaning", fields: "Fields", listOf: "list of", or: "or", any: "any", oneOf: "one of", from: "from", to: "to", default: "default",
    path: "in the path", query: "in the query", header: "in a header", unread: "openapi.json cannot be read:",
  },
  zh: {
    contents: "目录", schemas: "数据结构", errors: "错误", address: "接口地址（Base URL）",
    parameters: "参数", body: "请求体", responses: "响应", request: "请求", response: "响应示例", example: "示例", whichExample: "选择示例",
    required: "必填", field: "字段", meaning: "含义", fields: "子字段", listOf: "列表：", or: "或", any: "任意", oneOf: "可选值", from: "从", to: "到", default: "默认",
    path: "位于路径", query: "位于查询串", header: "位于请求头", unread: "无法读取 openapi.json：",
  },
});

const page = { api: null, needsKey: false, error: null };
const main = document.getElementById("main");
const contents = document.getElementById("contents");

// Requests ----------------------------------------------------------------

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** A request with curl, to this gateway. */
function curl(path, method, operation, body) {
  const filled = (operation.parameters ?? []).filter((one) => one.in === "path").reduce((url, one) => url.replace(`{${one.name}}`, one.example), path);
  const lines = [`curl ${body?.stream ? "-N " : ""}${home}${filled}`];
  const open = operation.security?.length === 0;
  if (page.needsKey && !open) lines.push('-H "Authorization: Bearer YOUR_KEY"');
  if (body) lines.push('-H "Content-Type: application/json"', `-d ${quoted(JSON.stringify(body, null, 2))}`);
  return lines.join(" \\\n  ");
}

/** A heading, a choice where there are several examples, and the one that is chosen. */
function chooser(title, examples, language, show) {
  const entries = Object.values(examples);
  const [place, head] = [el("div"), el("div", { class: "head" }, el("h4", {}, title))];
  const choose = (i) => {
    const block = codeBlock(show(entries[i].value), language, title);
    place.replaceChildren(block);
  };
  const select = entries.length > 1 && el("select", { "aria-label": `${title}: ${t("whichExample")}`, onchange: (event) => choose(event.target.selectedIndex) }, entries.map(({ summary }) => el("option", {}, summary)));
  if (select) head.append(select);
  choose(0);
  return [head, place];
}

function examples(path, method, operation) {
  const asked = operation.requestBody?.content["application/json"]?.examples ?? { only: { value: null } };
  const answered = operation.responses["200"]?.content?.["application/json"]?.examples; // there are addresses that only refuse
  return el("div", { class: "examples" },
    chooser(t("request"), asked, "bash", (body) => curl(path, method, operation, body)),
    answered && chooser(t("response"), answered, "json", (body) => JSON.stringify(body, null, 2)));
}

// Operations --------------------------------------------------------------

function response(status, answer) {
  const headers = Object.entries(answer.headers ?? {}).filter(([name]) => name !== "x-request-id");
  const kinds = Object.entries(answer.content ?? {}).filter(([, { schema }]) => schema && !(status >= 400 && schema.$ref?.endsWith("/Error")));
  const facts = [
    ...kinds.map(([kind, { schema }]) => [el("dt", {}, kind), el("dd", {}, typeOf(schema, t))]),
    ...headers.map(([name, header]) => [el("dt", {}, name), el("dd", {}, markdown(resolve(header, page.api).description))]),
  ];
  return el("div", { class: `status ${status < 400 ? "good" : "bad"}` },
    el("span", { class: "number" }, status),
    el("div", {}, markdown(answer.description), facts.length > 0 && el("dl", {}, facts)));
}

/** What is answered: successes as they are, failures folded. */
function responses(answers) {
  const all = Object.entries(answers);
  const failures = all.filter(([status]) => status >= 400);
  const codes = failures.map(([status]) => status).join(" ");
  return [
    all.filter(([status]) => status < 400).map((one) => response(...one)),
    el("details", { class: "failures" }, el("summary", {}, t("errors"), el("span", { class: "status-codes" }, codes)), failures.map((one) => response(...one))),
  ];
}

function operationArticle(path, method, operation) {
  const body = operation.requestBody?.content["application/json"]?.schema;
  const { parameters: given } = operation;
  return el("article", { id: operation.operationId, "aria-labelledby": `${operation.operationId}-title` },
    el("h3", { id: `${operation.operationId}-title` }, el("a", { class: "anchor", href: `#${operation.operationId}` }, operation.summary)),
    el("div", { class: "route" }, el("span", { class: `method ${method}` }, method.toUpperCase()), path),
    el("div", { class: "columns" },
      el("div", {},
        operation.description && markdown(operation.description),
        given && [el("h4", {}, t("parameters")), parameters(given, t)],
        body && [el("h4", {}, t("body")), fields(resolve(body, page.api), t)],
        el("h4", {}, t("responses")), responses(operation.responses)),
      examples(path, method, operation)));
}

// The page ----------------------------------------------------------------

const operations = (tag) => Object.entries(page.api.paths).flatMap(([path, methods]) => Object.entries(methods).filter(([, { tags }]) => tags.includes(tag)).map(([method, operation]) => [path, method, operation]));

function section(id, title, ...children) {
  return el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, el("a", { class: "anchor", href: `#${id}` }, title)), children);
}

function intro({ info }) {
  const address = el("code", {}, `${home}/v1`);
  return el("div", { class: "intro" },
    el("h1", {}, info.title, " ", el("span", { class: "version" }, info.version)),
    el("div", { class: "card address" }, el("p", { class: "label" }, t("address")), el("div", { class: "copyable" }, address, copyButton(() => address.textContent))),
    markdown(info.description));
}

const idOf = (tag) => `tag-${tag.name.toLowerCase()}`;
const titleOf = (tag) => (tag.name === "Errors" ? t("errors") : tag.name);

/** The schemas that are not shown with an operation already. */
function schemas({ paths, components }) {
  const bodies = Object.values(paths).flatMap(Object.values).map(({ requestBody }) => requestBody?.content["application/json"]?.schema.$ref?.split("/").pop());
  return Object.entries(components.schemas).filter(([name]) => !bodies.includes(name));
}

function body({ tags }) {
  return [
    ...tags.map((tag) => section(idOf(tag), titleOf(tag), markdown(tag.description), operations(tag.name).map((one) => operationArticle(...one)))),
    section("schemas", t("schemas"), schemas(page.api).map(([name, schema]) => el("article", { id: `schema-${name}` }, el("h3", {}, el("a", { class: "anchor", href: `#schema-${name}` }, name)), described(schema, t)))),
  ];
}

function side({ tags }) {
  const list = (entries) => el("ul", {}, entries.map(([href, text]) => el("li", {}, el("a", { href }, text))));
  return [
    ...tags.map((tag) => [el("h2", {}, el("a", { href: `#${idOf(tag)}` }, titleOf(tag))), list(operations(tag.name).map(([, , { operationId, summary }]) => [`#${operationId}`, summary]))]),
    el("h2", {}, el("a", { href: "#schemas" }, t("schemas"))),
    list(schemas(page.api).map(([name]) => [`#schema-${name}`, name])),
  ].flat();
}

let watcher;

/** Mark in the contents what is being read. */
function watch() {
  watcher?.disconnect();
  const links = new Map([...document.querySelectorAll("#contents-list li a")].map((one) => [one.hash.slice(1), one]));
  watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      links.forEach((one) => one.removeAttribute("aria-current"));
      const current = links.get(target.id);
      current.setAttribute("aria-current", "true");
      if (matchMedia("(min-width: 60rem)").matches) current.scrollIntoView({ block: "nearest" });
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  links.forEach((_, id) => watcher.observe(document.getElementById(id)));
}

function render() {
  const note = document.getElementById("note");
  if (page.error) note.textContent = `${t("unread")} ${page.error.message}`;
  if (!page.api) return;
  main.replaceChildren(intro(page.api), ...body(page.api));
  document.getElementById("contents-list").replaceChildren(...side(page.api));
  watch();
}

function fold(open) {
  contents.setAttribute("aria-expanded", open);
}

async function start() {
  try {
    const [description, session] = await Promise.all([fetch("openapi.json"), fetch("session")]);
    page.needsKey = (await session.json()).key_needed;
    page.api = await description.json();
  } catch (error) {
    page.error = error;
  }
  render();
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

byId("controls").append(themeButton(), languageButton());
translate(document);
onLanguage(render);
contents.addEventListener("click", () => fold(contents.getAttribute("aria-expanded") !== "true"));
document.getElementById("contents-list").addEventListener("click", ({ target }) => target.closest("a") && fold(false));
start();
