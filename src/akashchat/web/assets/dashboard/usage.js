// What was used in a span of time, as the ledger sums it up.

import { ask } from "../core/api.js";
import { el } from "../core/dom.js";
import { tag } from "../core/words.js";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** The spans one can choose: how long, and the pieces its charts are made of. */
export const SPANS = {
  spanHour: { seconds: HOUR, group: "minute", step: MINUTE, letters: 16 },
  spanDay: { seconds: DAY, group: "hour", step: HOUR, letters: 13 },
  spanWeek: { seconds: 7 * DAY, group: "hour", step: HOUR, letters: 13 },
  spanMonth: { seconds: 30 * DAY, group: "day", step: DAY, letters: 10 },
};

/** The ledger summed up by one or more names, since a moment; `more` are further parameters. */
export async function usage(since, group, more = {}) {
  return (await ask(`admin/usage?${new URLSearchParams({ from: since, group, ...more })}`)).json();
}

/** Save what the gateway gives as a file; a plain link could not, as the page's cookie counts for the page alone. */
export async function save(path, name) {
  const href = URL.createObjectURL(await (await ask(path)).blob());
  el("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}

/** When a span begins, by the whole pieces of it. */
export function beginning({ seconds, step }, now = Date.now() / 1000) {
  return Math.floor(now / step) * step - seconds + step;
}

/** A point for each piece of a span, also for those in which nothing was asked. */
export function pointsOf(span, { from, to, data }) {
  const found = new Map(data.map((one) => [one[span.group], one]));
  const points = [];
  for (let at = Math.floor(from / span.step) * span.step; at < to; at += span.step) {
    points.push(pointOf(at, span, found.get(new Date(at * 1000).toISOString().slice(0, span.letters))));
  }
  return points;
}

function pointOf(at, span, sums) {
  const day = span.step === DAY;
  const zone = day ? { timeZone: "UTC" } : {}; // a day of the ledger is UTC's
  const when = new Date(at * 1000);
  const time = { hour: "2-digit", minute: "2-digit", hour12: false };
  const date = { day: "numeric", month: "short" };
  return {
    label: when.toLocaleString(tag(), { ...date, ...(day ? {} : time), ...zone }),
    tick: when.toLocaleString(tag(), { ...(span.seconds > DAY ? date : time), ...zone }),
    answered: (sums?.requests ?? 0) - (sums?.errors ?? 0),
    errors: sums?.errors ?? 0,
    input: sums?.input_tokens ?? 0,
    output: sums?.output_tokens ?? 0,
    p50: sums?.first_event_ms.p50 ?? null,
    p95: sums?.first_event_ms.p95 ?? null,
  };
}
