// Formulas: what models write of TeX, as MathML, which browsers draw themselves.
// https://w3c.github.io/mathml-core/
//
// What is not known raises an error, and the formula stays as it is written: better its source than half of it.

import { ACCENTS, ENVIRONMENTS, FUNCTIONS, INTEGRALS, LETTERS, LIMITS, OPERATORS, SPACES, SUMS, UNDERS, inAlphabet, isAlphabet } from "./symbols.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const TOKEN = /\\(?:[A-Za-z]+\*?|[\s\S])|[\s\S]/gu;
const CLOSING = new Set(["}", "\\right", "\\end", "&", "\\\\", "\\middle"]);
const STYLES = new Set(["displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "nonumber", "notag", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "hline"]);
const TEXTS = new Set(["text", "textrm", "textbf", "textit", "mathrm", "mbox", "operatorname", "operatorname*", "mathit", "textsf", "texttt", "tag"]);

function node(name, attributes, ...children) {
  const made = document.createElementNS(MATHML, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const row = (children) => (children.length === 1 ? children[0] : node("mrow", {}, ...children));
const thin = () => node("mspace", { width: "0.167em" });
const operator = (text, attributes = {}) => node("mo", attributes, text);
const upright = (text) => node("mi", { mathvariant: "normal" }, text);

/** A formula as a `<math>` element; raises `SyntaxError` where it cannot be read. */
export function mathml(tex, display) {
  const reader = new Reader(tex);
  const drawn = reader.many();
  if (!reader.over) throw new SyntaxError(`'${reader.peek}' is out of place`);
  const math = node("math", { display: display ? "block" : "inline" }, row(drawn));
  math.setAttribute("aria-label", tex);
  return math;
}

class Reader {
  constructor(tex) {
    this.tokens = tex.match(TOKEN) ?? [];
    this.at = 0;
  }

  get over() {
    this.#skip();
    return this.at >= this.tokens.length;
  }

  get peek() {
    return this.over ? "" : this.tokens[this.at];
  }

  #skip() {
    while (/^\s$/.test(this.tokens[this.at] ?? "")) this.at += 1;
  }

  #next() {
    const token = this.peek;
    if (!token) throw new SyntaxError("the formula ends too early");
    this.at += 1;
    return token;
  }

  #expect(token) {
    const found = this.#next();
    if (found !== token) throw new SyntaxError(`'${token}' is wanted, not '${found}'`);
  }

  #take(token) {
    if (this.peek !== token) return false;
    this.at += 1;
    return true;
  }

  /** Pieces up to what closes them. */
  many(until = CLOSING) {
    const drawn = [];
    while (!this.over && !until.has(this.peek)) {
      const piece = this.#scripted();
      if (!piece) continue;
      if (piece.applied && /^m(?:i|n|row|frac|sub|sup)/.test(drawn.at(-1)?.localName)) drawn.push(thin());
      drawn.push(piece);
    }
    return drawn;
  }

  /** A piece with what stands above and below it. */
  #scripted() {
    const base = this.#piece();
    let [low, high] = [null, null];
    for (;;) {
      if (this.#take("_")) low = this.#argument();
      else if (this.#take("^")) high = this.#argument();
      else if (this.peek === "'") high = this.#primes();
      else if (this.peek === "\\limits" || this.peek === "\\nolimits") this.at += 1;
      else break;
    }
    if (!low && !high) return base;
    const [one, two] = base?.limits ? ["munder", "mover"] : ["msub", "msup"];
    const stem = base ?? node("mrow", {});
    const both = base?.limits ? "munderover" : "msubsup";
    const drawn = low && high ? node(both, {}, stem, low, high) : low ? node(one, {}, stem, low) : node(two, {}, stem, high);
    return Object.assign(drawn, { applied: base?.applied });
  }

  #primes() {
    let marks = "";
    while (this.#take("'")) marks += "′";
    return operator(marks);
  }

  #argument() {
    if (this.#take("{")) return this.#group();
    return this.#piece() ?? node("mrow", {});
  }

  #group() {
    const drawn = row(this.many());
    this.#expect("}");
    return drawn;
  }

  /** The letters between braces, as they are. */
  #text() {
    if (!this.#take("{")) return this.#next();
    let [depth, text] = [1, ""];
    for (;;) {
      const token = this.tokens[this.at];
      if (token === undefined) throw new SyntaxError("a brace is not closed");
      this.at += 1;
      if (token === "{") depth += 1;
      if (token === "}" && (depth -= 1) === 0) return text;
      text += token.length === 2 && token[0] === "\\" ? token[1] : token;
    }
  }

  #piece() {
    const token = this.#next();
    if (token === "{") return this.#group();
    if (token[0] === "\\" && token.length > 1) return this.#command(token.slice(1));
    if (/\d/.test(token)) return this.#number(token);
    if (/[\p{L}]/u.test(token)) return node("mi", {}, token);
    if (token === "~") return node("mspace", { width: "0.333em" });
    if (token === "-") return operator("−");
    return operator(token, "()[]|/".includes(token) ? { stretchy: "false" } : {});
  }

  #number(first) {
    let digits = first;
    while (/^[\d.]$/.test(this.tokens[this.at] ?? "") && !(this.tokens[this.at] === "." && !/\d/.test(this.tokens[this.at + 1] ?? ""))) digits += this.tokens[this.at++];
    return node("mn", {}, digits);
  }

  #command(name) {
    if (name in LETTERS) return /[α-ω]/.test(LETTERS[name]) ? node("mi", {}, LETTERS[name]) : upright(LETTERS[name]);
    if (name in OPERATORS) return operator(OPERATORS[name], /[{}[\]|‖⟨⟩⌊⌋⌈⌉]/.test(OPERATORS[name]) ? { stretchy: "false" } : {});
    if (name in INTEGRALS) return operator(INTEGRALS[name]);
    if (name in SUMS) return Object.assign(operator(SUMS[name], { movablelimits: "true" }), { limits: true });
    if (FUNCTIONS.has(name)) return this.#applied(name);
    if (LIMITS.has(name)) return Object.assign(operator(name.replace(/^(lim|arg)(?=.)/, "$1 "), { movablelimits: "true", form: "prefix" }), { limits: true });
    if (name in ACCENTS) return Object.assign(node("mover", { accent: "true" }, this.#argument(), operator(ACCENTS[name], stretch(name))), { limits: name === "overbrace" });
    if (name in UNDERS) return Object.assign(node("munder", {}, this.#argument(), operator(UNDERS[name], stretch(name))), { limits: name === "underbrace" });
    if (name in SPACES) return node("mspace", { width: SPACES[name] });
    if (isAlphabet(name)) return upright(inAlphabet(name, this.#text()));
    if (TEXTS.has(name)) return node(name.startsWith("operatorname") ? "mi" : "mtext", {}, this.#text());
    if (STYLES.has(name)) return null;
    return this.#construct(name);
  }

  /** A function's name, with a little room before what it is applied to. */
  #applied(name) {
    const room = /^[({[^_]/.test(this.peek) || this.peek === "\\left" ? [] : [thin()];
    return Object.assign(node("mrow", {}, node("mi", {}, name), ...room), { applied: true });
  }

  #construct(name) {
    switch (name) {
      case "frac": case "dfrac": case "tfrac": case "cfrac":
        return node("mfrac", {}, this.#argument(), this.#argument());
      case "binom": case "dbinom": case "tbinom":
        return node("mrow", {}, operator("("), node("mfrac", { linethickness: "0" }, this.#argument(), this.#argument()), operator(")"));
      case "sqrt":
        return this.#root();
      case "overset": case "stackrel": {
        const over = this.#argument();
        return node("mover", {}, this.#argument(), over);
      }
      case "underset": {
        const under = this.#argument();
        return node("munder", {}, this.#argument(), under);
      }
      case "boxed":
        return node("mrow", { class: "boxed" }, this.#argument());
      case "left":
        return this.#fenced();
      case "begin":
        return this.#environment();
      case "not":
        return operator(`${this.#argument().textContent}\u0338`);
      case "pmod":
        return node("mrow", {}, node("mspace", { width: "1em" }), operator("("), node("mi", {}, "mod"), node("mspace", { width: "0.333em" }), this.#argument(), operator(")"));
      case "bmod":
        return operator("mod");
      case "color": case "textcolor":
        this.#text();
        return name === "color" ? null : this.#argument();
      case "$": case "%": case "#": case "_": case "&":
        return upright(name);
      default:
        throw new SyntaxError(`'\\${name}' is not known`);
    }
  }

  #root() {
    if (!this.#take("[")) return node("msqrt", {}, this.#argument());
    const index = row(this.many(new Set(["]"])));
    this.#expect("]");
    return node("mroot", {}, this.#argument(), index);
  }

  #fence() {
    const token = this.#next();
    if (token === ".") return "";
    return token[0] === "\\" && token.length > 1 ? OPERATORS[token.slice(1)] ?? token.slice(1) : token;
  }

  #fenced() {
    const drawn = [operator(this.#fence(), { fence: "true", form: "prefix" }), ...this.many()];
    while (this.#take("\\middle")) drawn.push(operator(this.#fence(), { fence: "true" }), ...this.many());
    this.#expect("\\right");
    return node("mrow", {}, ...drawn, operator(this.#fence(), { fence: "true", form: "postfix" }));
  }

  #environment() {
    const name = this.#text();
    if (!(name in ENVIRONMENTS)) throw new SyntaxError(`the environment '${name}' is not known`);
    const [before, after, columns = ""] = ENVIRONMENTS[name];
    if (name === "array" || name === "alignedat") this.#text();
    const rows = [];
    do {
      const cells = [];
      do cells.push(node("mtd", {}, ...this.many()));
      while (this.#take("&"));
      rows.push(node("mtr", {}, ...cells));
    } while (this.#take("\\\\"));
    this.#expect("\\end");
    this.#text();
    if (rows.at(-1).textContent === "") rows.pop();
    const table = node("mtable", { class: columns }, ...rows);
    if (!before && !after) return table;
    const fences = [before, after].map((text, i) => text && operator(text, { fence: "true", form: i ? "postfix" : "prefix" }));
    return node("mrow", {}, ...[fences[0], table, fences[1]].filter(Boolean));
  }
}

const stretch = (name) => ({ stretchy: String(/^(?:over|under|wide)/.test(name)) });
