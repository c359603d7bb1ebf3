// Figures in words: numbers, times, money, as the language of the moment writes them.

import { tag } from "./words.js";

const NONE = "–";
const known = (say) => (value) => (value == null ? NONE : say(value));

/** A number in a few letters: 6.3M. */
export const short = known((value) => value.toLocaleString(tag(), { notation: "compact", maximumFractionDigits: 1 }));

/** A number in full. */
export const full = known((value) => value.toLocaleString(tag()));

/** A part of one, in hundredths. */
export const share = known((value) => value.toLocaleString(tag(), { style: "percent", maximumFractionDigits: value < 0.1 && value > 0 ? 1 : 0 }));

/** Milliseconds, in the unit that fits. */
export const took = known((ms) => (ms < 1000 ? unit(Math.round(ms), "millisecond") : unit(ms / 1000, "second", ms < 100_000 ? 2 : 0)));

/** Dollars; small sums with as many digits as they need. */
export const dollars = known((value) => value.toLocaleString(tag(), { style: "currency", currency: "USD", ...(value && value < 1 ? { maximumSignificantDigits: 3 } : {}) }));

function unit(value, name, digits = 0) {
  return value.toLocaleString(tag(), { style: "unit", unit: name, unitDisplay: "narrow", maximumFractionDigits: digits });
}

const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** So many seconds, in the largest unit that fits. */
export function lasting(seconds) {
  const [name, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? UNITS.at(-1);
  return Math.round(seconds / size).toLocaleString(tag(), { style: "unit", unit: name, unitDisplay: "long" });
}

/** How long ago a moment is, or how long until it, in words. */
export const ago = known((at) => {
  const away = at - Date.now() / 1000;
  const [name, size] = UNITS.find(([, least]) => Math.abs(away) >= least) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(tag(), { numeric: "auto" }).format(Math.round(away / size), name);
});

/** A moment, as day and time. */
export const moment = known((at) => new Date(at * 1000).toLocaleString(tag(), { dateStyle: "medium", timeStyle: "short" }));

/** A moment of today, to the second. */
export const clock = (at) => new Date(at * 1000).toLocaleTimeString(tag(), { hour12: false });
