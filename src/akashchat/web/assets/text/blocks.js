// Markdown's blocks, told apart: lines in, blocks out, nothing drawn yet.
// https://spec.commonmark.org/0.31.2/#blocks-and-inlines and GitHub's tables; markup in the text stays text.
//
// Each block carries `raw`, the lines it is made of: two blocks of the same lines look the same.  The highest heading
// of a text has level 1, whatever it was written with.

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/;
const QUOTE = /^ {0,3}>\s?/;
const ITEM = /^(\s*)([-*+•]|\d{1,9}[.)])(\s+|$)(.*)$/;
const DELIMITER = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const FORMULA = [[/^\s*\$\$(.*)$/, /^(.*?)\$\$\s*$/], [/^\s*\\\[(.*)$/, /^(.*?)\\\]\s*$/]];

/** The blocks of a text. */
export function blocks(text) {
  const found = parse(text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n"));
  const highest = Math.min(...found.map(({ level = Infinity }) => level));
  return found.map((block) => (block.level ? { ...block, level: block.level - highest + 1 } : block));
}

function parse(lines) {
  const found = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) at += 1;
    else {
      const [block, next] = one(lines, at);
      found.push({ ...block, raw: lines.slice(at, next).join("\n") });
      at = next;
    }
  }
  return found;
}

function one(lines, at) {
  return fence(lines, at) ?? heading(lines, at) ?? rule(lines, at) ?? formula(lines, at) ?? quote(lines, at) ?? list(lines, at) ?? table(lines, at) ?? paragraph(lines, at);
}

function fence(lines, at) {
  const [, marks, language] = FENCE.exec(lines[at]) ?? [];
  if (!marks) return null;
  const indent = lines[at].indexOf(marks[0]);
  const closing = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}\\s*$`);
  const end = lines.findIndex((line, i) => i > at && closing.test(line));
  const inner = lines.slice(at + 1, end < 0 ? lines.length : end).map((line) => line.replace(new RegExp(`^ {0,${indent}}`), ""));
  return [{ kind: "code", language, text: inner.join("\n") }, end < 0 ? lines.length : end + 1];
}

function heading(lines, at) {
  const match = HEADING.exec(lines[at]);
  return match && [{ kind: "heading", level: match[1].length, text: match[2] ?? "" }, at + 1];
}

function rule(lines, at) {
  return RULE.test(lines[at]) ? [{ kind: "rule" }, at + 1] : null;
}

/** A formula on lines of its own, once it is closed. */
function formula(lines, at) {
  for (const [opening, closing] of FORMULA) {
    const [, first] = opening.exec(lines[at]) ?? [];
    if (first === undefined) continue;
    const rest = [first, ...lines.slice(at + 1)];
    const end = rest.findIndex((line, i) => closing.test(line) && (i > 0 || line.length > 2));
    if (end < 0) return null;
    const tex = [...rest.slice(0, end), closing.exec(rest[end])[1]].join("\n");
    return tex.trim() ? [{ kind: "formula", text: tex }, at + end + 1] : null;
  }
  return null;
}

function quote(lines, at) {
  if (!QUOTE.test(lines[at])) return null;
  let end = at;
  while (end < lines.length && (QUOTE.test(lines[end]) || (lines[end].trim() && !begins(lines, end)))) end += 1;
  return [{ kind: "quote", blocks: parse(lines.slice(at, end).map((line) => line.replace(QUOTE, ""))) }, end];
}

function list(lines, at) {
  const first = ITEM.exec(lines[at]);
  if (!first || RULE.test(lines[at])) return null;
  const ordered = /\d/.test(first[2]);
  const items = [];
  let [end, loose] = [at, false];
  for (;;) {
    const match = ITEM.exec(lines[end] ?? "");
    if (!match || /\d/.test(match[2]) !== ordered || match[1].length > first[1].length + 3) break;
    const next = itemEnd(lines, end, match);
    const inner = content(lines.slice(end, next), match);
    loose ||= inner.slice(0, -1).some((line, i) => !line.trim() && inner[i + 1].trim() && !ITEM.test(inner[i + 1]));
    items.push(task(parse(inner)));
    end = next;
    const skipped = lines.slice(end).findIndex((line) => line.trim());
    if (skipped > 0 && ITEM.test(lines[end + skipped])) end += skipped;
  }
  return [{ kind: "list", ordered, start: parseInt(first[2], 10), items, loose }, end];
}

const indentOf = (line) => line.length - line.trimStart().length;

/** Where an item is over: at a line that is neither further in nor more of its paragraph. */
function itemEnd(lines, at, [, indent]) {
  let end = at + 1;
  while (end < lines.length) {
    if (!lines[end].trim()) {
      const next = lines.slice(end).findIndex((line) => line.trim());
      if (next < 0 || indentOf(lines[end + next]) < indent.length + 2) break;
      end += next;
    } else if (indentOf(lines[end]) < indent.length + 2 && begins(lines, end)) break;
    else end += 1;
  }
  return end;
}

function content(lines, [, indent, marker, space, first]) {
  const most = indent.length + marker.length + Math.min(space.length || 1, 4);
  return [first, ...lines.slice(1).map((line) => line.slice(Math.min(most, indentOf(line))))];
}

function task(inner) {
  const [, box, text] = (inner[0]?.kind === "paragraph" && /^\[([ xX])\]\s+([\s\S]*)$/.exec(inner[0].text)) || [];
  if (box === undefined) return { blocks: inner };
  return { done: box !== " ", blocks: [{ ...inner[0], text }, ...inner.slice(1)] };
}

function table(lines, at) {
  if (!lines[at].includes("|") || !DELIMITER.test(lines[at + 1] ?? "") || !lines[at + 1].includes("-")) return null;
  const head = cells(lines[at]);
  const aligned = cells(lines[at + 1]);
  if (head.length !== aligned.length) return null;
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const align = aligned.map((mark) => (mark.endsWith(":") ? (mark.startsWith(":") ? "center" : "right") : "left"));
  return [{ kind: "table", head, align, rows: lines.slice(at + 2, end).map(cells) }, end];
}

function cells(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return (inner.match(/(?:\\.|`[^`]*`|[^|\\])+|(?<=\|)(?=\|)|^(?=\|)/g) ?? [""]).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function paragraph(lines, at) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !begins(lines, end)) {
    const [, under] = /^ {0,3}(=+|-+)\s*$/.exec(lines[end]) ?? [];
    if (under) return [{ kind: "heading", level: under[0] === "=" ? 1 : 2, text: lines.slice(at, end).join("\n") }, end + 1];
    end += 1;
  }
  return [{ kind: "paragraph", text: lines.slice(at, end).map((line) => line.trimStart()).join("\n") }, end];
}

/** Whether a line begins something that a paragraph does not go on into. */
function begins(lines, at) {
  const line = lines[at];
  if (/^ {0,3}-+\s*$/.test(line) && lines[at - 1]?.trim()) return false;
  return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line) || formula(lines, at) !== null || table(lines, at) !== null;
}
