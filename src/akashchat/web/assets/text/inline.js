// Markdown within a line: code, formulas, links, pictures, emphasis.
// https://spec.commonmark.org/0.31.2/#inlines, as far as models write it.
//
// Each rule is a pattern that must fit where the reader stands, and what is made of it.  What fits none is text.

import { home } from "../core/api.js";
import { el } from "../core/dom.js";
import { formula } from "./formula.js";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", mdash: "—", ndash: "–", hellip: "…", times: "×", rarr: "→" };
const SAFE = /^(?:https?:|mailto:|#|\/(?!\/)|[\w.-]+(?:[/?#]|$))/i;
const PICTURES = "/v1/images/files/";

const RULES = [
  [/\\\(([\s\S]+?)\\\)/y, ([, tex]) => formula(tex, false)],
  [/\\\[([\s\S]+?)\\\]/y, ([, tex]) => formula(tex, true)],
  [/\\([!-/:-@[-`{-~])/y, ([, letter]) => letter],
  [/\\\n| {2,}\n|<br ?\/?>/y, () => el("br")],
  [/(`+)(?!`)([\s\S]*?[^`])\1(?!`)/y, ([, , code]) => el("code", {}, code.replace(/^ (.+) $/s, "$1"))],
  [/\$\$([^$]+)\$\$/y, ([, tex]) => formula(tex, true)],
  [/\$(?![\s\d,.]*\s)((?:[^$\\\n]|\\.)*[^\s$\\]|[^\s$\\])\$(?![\d\w])/y, ([, tex]) => formula(tex, false)],
  [/!\[([^\]]*)\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/y, ([, label, place]) => picture(label, place)],
  [/\[((?:[^[\]\\]|\\.|\[[^[\]]*\])+)\]\(\s*<?((?:[^\s()<>]|\([^\s()]*\))*)>?(?:\s+"[^"]*")?\s*\)/y, ([, label, place]) => link(inline(label), place)],
  [/<((?:https?:\/\/|mailto:)[^\s<>]+)>/y, ([, place]) => link([place.replace(/^mailto:/, "")], place)],
  [/https?:\/\/[^\s<>"'`，。；）】]*[^\s<>"'`，。；）】.,;:!?)\]*_]/y, ([place]) => link([place], place)],
  [/\*\*\*(?=\S)([\s\S]*?\S)\*\*\*/y, ([, text]) => el("strong", {}, el("em", {}, inline(text)))],
  [/\*\*(?=\S)([\s\S]*?[^\s\\])\*\*(?!\*)/y, ([, text]) => el("strong", {}, inline(text))],
  [/(?<!\w)__(?=\S)([\s\S]*?[^\s\\])__(?!\w)/y, ([, text]) => el("strong", {}, inline(text))],
  [/\*(?=[^\s*])((?:[^*]|\*\*[^*]+\*\*)*?[^\s*\\])\*(?!\*)/y, ([, text]) => el("em", {}, inline(text))],
  [/(?<!\w)_(?=[^\s_])((?:[^_]|\w_\w)*?[^\s_\\])_(?!\w)/y, ([, text]) => el("em", {}, inline(text))],
  [/~~(?=\S)([\s\S]*?\S)~~/y, ([, text]) => el("s", {}, inline(text))],
  [/&(?:#(\d{1,6})|(\w{2,8}));/y, ([whole, code, name]) => (code ? String.fromCodePoint(Math.min(code, 0x10ffff)) : ENTITIES[name] ?? whole)],
];
const SPECIAL = /[\\`$!<*_~&[]| {2,}\n|https?:\/\//g;

/** A line's pieces: texts and elements. */
export function inline(text) {
  const pieces = [];
  let [end, at] = [0, 0];
  for (;;) {
    SPECIAL.lastIndex = at;
    const special = SPECIAL.exec(text);
    if (!special) return [...pieces, text.slice(end)];
    at = special.index;
    const found = fitting(text, at);
    if (found) {
      const [match, make] = found;
      pieces.push(text.slice(end, at), make(match));
      end = at = at + match[0].length;
    } else at += special[0].length;
  }
}

function fitting(text, at) {
  for (const [pattern, make] of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return [match, make];
  }
  return null;
}

/** A link that leads to an ordinary place; anything else stays text. */
function link(label, place) {
  if (!SAFE.test(place)) return el("span", {}, label);
  const away = /^(?:https?:|mailto:)/i.test(place) && !place.startsWith(`${home}/`);
  return el("a", { href: place, ...(away && { target: "_blank", rel: "noopener noreferrer nofollow" }) }, label);
}

/** A picture of this gateway's own; one from elsewhere would tell its host who reads, so it is a link. */
function picture(label, place) {
  const at = place.indexOf(PICTURES);
  if (at < 0) return link([label || place], place);
  const own = `${home}${place.slice(at)}`;
  return el("a", { href: own, target: "_blank", class: "shot" }, el("img", { src: own, alt: label, loading: "lazy" }));
}
