// A conversation as a program: curl, Python, JavaScript.

import { home } from "../core/api.js";
import { codeBlock } from "../core/copy.js";
import { dialog } from "../core/dialog.js";
import { el } from "../core/dom.js";
import { session } from "../core/signin.js";
import { tabs } from "../core/tabs.js";
import { t } from "../core/words.js";
import { bodyOf } from "./body.js";

const LONGEST_DATA = 60;
const PYTHON = { true: "True", false: "False", null: "None" };
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Show what the next question would send. */
export async function openSnippets(conversation) {
  const body = await bodyOf(conversation);
  if (body.messages.at(-1)?.role !== "user") body.messages.push({ role: "user", content: t("yourMessage") });
  const json = JSON.stringify(body, (_, value) => (typeof value === "string" && value.startsWith("data:") ? `${value.slice(0, LONGEST_DATA)}…` : value), 2);
  const key = session.keyNeeded ? "YOUR_KEY" : "none";
  const shown = [["curl", curl(json), "bash"], ["Python", python(json, key), "python"], ["JavaScript", javascript(json, key), "javascript"]];
  dialog("codeTitle", el("div", { class: "stack" }, el("p", { class: "soft", "data-t": "codeLead" }), tabs("codeTitle", shown.map(([name, text, language]) => [name, codeBlock(text, language, name)]))));
}

function curl(json) {
  const auth = session.keyNeeded ? '  -H "Authorization: Bearer YOUR_KEY" \\\n' : "";
  return `curl ${home}/v1/chat/completions \\\n${auth}  -H "Content-Type: application/json" \\\n  -d ${quoted(json)}`;
}

/** The fields of the body, each as an argument. */
function python(json, key) {
  const values = JSON.parse(json);
  const lines = Object.entries(values).map(([name, value]) => `    ${name}=${literal(value)},`);
  return `from openai import OpenAI\n\nclient = OpenAI(base_url="${home}/v1", api_key="${key}")\nreply = client.chat.completions.create(\n${lines.join("\n")}\n)\nprint(reply.choices[0].message.content)`;
}

function literal(value) {
  const text = JSON.stringify(value, null, 4).replaceAll("\n", "\n    ");
  return text.replace(/"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g, (word) => PYTHON[word] ?? word);
}

function javascript(json, key) {
  const named = json.replace(/^( *)"(\w+)":/gm, "$1$2:");
  return `import OpenAI from "openai";\n\nconst client = new OpenAI({ baseURL: "${home}/v1", apiKey: "${key}" });\nconst reply = await client.chat.completions.create(${named});\nconsole.log(reply.choices[0].message.content);`;
}
