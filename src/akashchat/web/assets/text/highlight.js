// Code in colours.  A look at the letters, not a parser: comments, strings, numbers, words.

import { el } from "../core/dom.js";

const C_WORDS = "abstract as async await boolean break case catch char class const continue default delete do double else enum export extends final finally float fn for from func function go if impl implements import in instanceof int interface let long match mod mut namespace new null nil of package private protected pub public return self static struct super switch this throw true false try type typeof undefined use using var void where while yield string bool";
const PYTHON_WORDS = "and as assert async await break case class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return self True try while with yield";
const SHELL_WORDS = "case do done elif else esac export fi for function if in local return then until while cd curl echo npm npx pip sudo set";
const SQL_WORDS = "select from where join left right inner outer on group by order having limit insert into values update set delete create table index primary key references not null and or as distinct union all case when then else end with";
const RUBY_WORDS = "begin class def do else elsif end ensure false for if in module nil not or and require rescue return self then true unless until while yield puts local function";

const SLASHES = String.raw`\/\/.*|\/\*[\s\S]*?(?:\*\/|$)`;
const HASHES = String.raw`(?<![\w$\\])#.*`;
const QUOTES = String.raw`"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?`;
const BACKTICKS = "`(?:[^`\\\\]|\\\\.)*`?";
const TRIPLE = String.raw`[rbfu]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$))`;
const NUMBER = String.raw`(?<![\w.:/-])(?:0x[\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.-])`;

const family = (comment, string, words, flags = "") => ({ comment, string, words, flags });
const C = family(SLASHES, `${QUOTES}|${BACKTICKS}`, C_WORDS);
const PYTHON = family(HASHES, `${TRIPLE}|${QUOTES}`, PYTHON_WORDS);
const SHELL = family(HASHES, String.raw`"(?:[^"\\]|\\.)*"?|'[^']*'?`, SHELL_WORDS);
const SQL = family(String.raw`--.*|\/\*[\s\S]*?(?:\*\/|$)`, QUOTES, SQL_WORDS, "i");
const RUBY = family(`${HASHES}|--.*`, QUOTES, RUBY_WORDS);
const DATA = family(HASHES, QUOTES, "true false null yes no on off");
const MARKUP = family(String.raw`<!--[\s\S]*?(?:-->|$)`, QUOTES, "");

const FAMILIES = {
  python: PYTHON, py: PYTHON, bash: SHELL, sh: SHELL, shell: SHELL, zsh: SHELL, console: SHELL, dockerfile: SHELL, makefile: SHELL,
  sql: SQL, ruby: RUBY, rb: RUBY, lua: RUBY, elixir: RUBY, json: DATA, yaml: DATA, yml: DATA, toml: DATA, ini: DATA, env: DATA,
  html: MARKUP, xml: MARKUP, svg: MARKUP, css: family(SLASHES, QUOTES, ""),
};
const PLAIN = new Set(["", "text", "txt", "plain", "markdown", "md", "http", "log", "output"]);
const patterns = new Map();

function patternOf(language) {
  const { comment, string, words, flags } = FAMILIES[language] ?? C;
  const tag = FAMILIES[language] === MARKUP ? String.raw`(?<word><\/?[\w:-]+|\/?>)` : String.raw`(?<word>(?<![\w.$-])(?:${words.replaceAll(" ", "|") || "(?!)"})(?![\w-]))`;
  return new RegExp(String.raw`(?<comment>${comment})|(?<key>"(?:[^"\\\n]|\\.)*"(?=\s*:)|^\s*[\w.-]+(?=\s*[:=] )(?=.*))|(?<string>${string})|${tag}|(?<number>${NUMBER})|(?<call>\b[A-Za-z_]\w*(?=\())`, `gm${flags}`);
}

/** Code as texts and coloured spans. */
export function highlighted(code, language) {
  const name = language.toLowerCase();
  if (PLAIN.has(name)) return [code];
  if (!patterns.has(name)) patterns.set(name, patternOf(name));
  const keyed = [DATA, MARKUP].includes(FAMILIES[name]) || name === "css";
  const pieces = [];
  let end = 0;
  for (const match of code.matchAll(patterns.get(name))) {
    const kind = Object.keys(match.groups).find((one) => match.groups[one] !== undefined);
    if (kind === "key" && !keyed && !match[0].startsWith('"')) continue;
    pieces.push(code.slice(end, match.index), el("span", { class: `tok-${kind}` }, match[0]));
    end = match.index + match[0].length;
  }
  return [...pieces, code.slice(end)];
}
