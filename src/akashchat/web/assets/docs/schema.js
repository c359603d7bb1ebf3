// Schemas as tables.

import { el } from "../core/dom.js";
import { markdown } from "../text/markdown.js";

const nameOf = (reference) => reference.split("/").pop();

/** A link to a schema that has a section of its own. */
export const link = (reference) => el("a", { href: `#schema-${nameOf(reference)}` }, nameOf(reference));

/** What `schema` refers to, or itself. */
export function resolve(schema, api) {
  if (!schema.$ref) return schema;
  return schema.$ref.slice(2).split("/").reduce((value, step) => value[step.replaceAll("~1", "/")], api);
}

/** A schema's type, in a few words. */
export function typeOf(schema, t) {
  if (schema.$ref) return [link(schema.$ref)];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return joined(choices.map((choice) => typeOf(choice, t)), t);
  if ("const" in schema) return [el("code", {}, JSON.stringify(schema.const))];
  const kinds = [schema.type ?? t("any")].flat();
  return joined(kinds.map((kind) => (kind === "array" && schema.items ? [`${t("listOf")} `, ...typeOf(schema.items, t)] : [kind])), t);
}

function joined(choices, t) {
  return choices.flatMap((choice, i) => (i ? [` ${t("or")} `, ...choice] : choice));
}

/** An object's fields as a table; `required` names those that must be there. */
export function fields(schema, t) {
  const rows = Object.entries(schema.properties).map(([name, field]) => row(name, field, (schema.required ?? []).includes(name), t));
  return tableOf(rows, t);
}

/** An operation's parameters as a table. */
export function parameters(list, t) {
  return tableOf(list.map((one) => row(one.name, { ...one.schema, description: one.description }, one.required, t, t(one.in))), t);
}

function tableOf(rows, t) {
  const head = el("tr", { role: "row" }, [t("field"), t("meaning")].map((text) => el("th", { scope: "col", role: "columnheader" }, text)));
  return el("table", { class: "fields", role: "table" }, el("thead", { role: "rowgroup" }, head), el("tbody", { role: "rowgroup" }, rows));
}

function row(name, schema, required, t, place) {
  return el("tr", { role: "row" },
    el("th", { scope: "row", role: "rowheader" },
      el("span", { class: "name" }, name), " ", required && el("span", { class: "required" }, t("required")),
      el("span", { class: "type" }, typeOf(schema, t), place && ` · ${place}`)),
    el("td", { role: "cell" }, about(schema, t), nested(schema, t)));
}

/** What a schema means and what it allows. */
export function about(schema, t) {
  const text = markdown(schema.description ?? "");
  if (schema["x-akashchat-done-by"]) text.lastChild.dataset.doneBy = schema["x-akashchat-done-by"];
  const limits = limitsOf(schema, t);
  if (limits.length) text.append(el("p", { class: "limits" }, limits));
  return text;
}

function limitsOf(schema, t) {
  const told = [];
  const { minimum: low } = schema;
  const high = schema.maximum >= 2 ** 31 ? null : schema.maximum; // a limit nobody meets is not worth a word
  if (schema.enum) told.push([`${t("oneOf")} `, joined(schema.enum.map((value) => [el("code", {}, JSON.stringify(value))]), t)]);
  if (low != null && high != null) told.push([`${t("from")} ${low} ${t("to")} ${high}`]);
  else if (low != null) told.push([`${t("from")} ${low}`]);
  if (schema.default !== undefined) told.push([`${t("default")} `, el("code", {}, JSON.stringify(schema.default))]);
  return told.flatMap((one, i) => (i ? [" · ", ...one] : one)).flat(Infinity);
}

/** The fields of objects within a field, folded. */
function nested(schema, t) {
  const inner = [schema, schema.items, schema.additionalProperties, ...(schema.anyOf ?? [])].find((one) => one?.properties);
  return inner && el("details", {}, el("summary", {}, t("fields")), fields(inner, t));
}

const variantName = (one) => one.title ?? one.properties?.type?.const ?? nameOf(one.$ref);

/** A named schema, whole. */
export function described(schema, t) {
  const variants = (schema.oneOf ?? []).map((one) => el("div", {}, el("h4", {}, el("code", {}, variantName(one))), about(one, t), fields(one, t)));
  return [about(schema, t), schema.properties && fields(schema, t), variants];
}
