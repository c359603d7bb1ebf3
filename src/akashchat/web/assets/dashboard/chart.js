// A chart over time: bars on top of one another, or lines, drawn here as SVG.
//
// Who does not see it has the same in a table; the pointer and the arrow keys go from point to point, and the legend
// tells what is there.

import { el, freshId, svg } from "../core/dom.js";
import { t } from "../core/words.js";

const HEIGHT = 168;
const PAD = { top: 10, right: 6, bottom: 22, left: 46 };
const LEAST = 2; // of less than two requests there is no half
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const NICE = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** The lowest round number that is at least so high. */
export function roundAbove(value) {
  const size = 10 ** Math.floor(Math.log10(value || 1));
  return NICE.find((one) => one * size >= value) * size;
}

/** `series` are `{key, name, look}` with `name` a word; `write` says a value, `sum` what the legend says at rest. */
export class Chart {
  constructor(title, { series, write, lines = false, sum }) {
    Object.assign(this, { series, write, lines, sum, title, points: [], at: null });
    const [id, hint] = [freshId("chart"), freshId("hint")];
    this.values = series.map(() => el("strong"));
    this.when = el("span", { class: "soft small chart-when", "aria-live": "polite" });
    this.plot = el("div", { class: "plot", tabindex: "0", role: "group", "aria-labelledby": id, "aria-describedby": hint });
    this.table = el("div", { class: "unseen" });
    this.element = el("section", { class: "card chart-card" },
      el("div", { class: "chart-head" }, el("h2", { id, class: "label", "data-t": title }), this.when),
      el("p", { class: "legend" }, series.map(({ name, look }, i) => el("span", { class: `key-${look}` }, el("span", { "data-t": name }), " ", this.values[i]))),
      this.plot, el("p", { class: "unseen", id: hint, "data-t": "chartKeys" }), this.table);
    this.#listen();
  }

  /** Show other points, `{label, …}` with a value for each series. */
  show(points, total) {
    Object.assign(this, { points, total, at: null });
    this.#tabulate();
    this.#draw();
    this.#tell();
  }

  #listen() {
    new ResizeObserver(() => this.#draw()).observe(this.plot);
    this.plot.addEventListener("pointermove", ({ offsetX }) => this.#look(this.#under(offsetX)));
    this.plot.addEventListener("pointerleave", () => this.#look(null));
    this.plot.addEventListener("blur", () => this.#look(null));
    this.plot.addEventListener("keydown", (event) => {
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      const last = this.points.length - 1;
      this.#look(Math.min(last, Math.max(0, (this.at ?? last + 1) + STEPS[event.key])));
    });
  }

  get #width() {
    return Math.max(this.plot.clientWidth, 160);
  }

  get #step() {
    return (this.#width - PAD.left - PAD.right) / (this.points.length || 1);
  }

  #under(x) {
    const at = Math.floor((x - PAD.left) / this.#step);
    return at >= 0 && at < this.points.length ? at : null;
  }

  #look(at) {
    if (at === this.at) return;
    this.at = at;
    this.plot.querySelector(".cursor")?.replaceWith(this.#cursor());
    this.#tell();
  }

  #tell() {
    const point = this.points[this.at];
    this.when.textContent = point?.label ?? "";
    this.series.forEach(({ key }, i) => (this.values[i].textContent = point ? this.write(point[key]) : this.sum(key, this.total)));
  }

  #draw() {
    const asked = this.points.some((point) => this.series.some(({ key }) => point[key]));
    if (!asked) return this.plot.replaceChildren(el("p", { class: "soft small empty", "data-t": "chartEmpty" }));
    const highest = Math.max(...this.points.map((point) => this.#height(point)));
    this.top = roundAbove(Math.max(highest, LEAST));
    const drawn = this.lines ? this.series.map((one) => this.#line(one)) : this.points.map((point, i) => this.#bar(point, i));
    return this.plot.replaceChildren(svg("svg", { width: this.#width, height: HEIGHT, "aria-hidden": "true" }, this.#grid(), this.#cursor(), drawn, this.#times()));
  }

  #height(point) {
    const values = this.series.map(({ key }) => point[key] ?? 0);
    return this.lines ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0);
  }

  #y(value) {
    return PAD.top + (HEIGHT - PAD.top - PAD.bottom) * (1 - value / this.top);
  }

  #x(i) {
    return PAD.left + this.#step * i;
  }

  #grid() {
    return [0, 0.5, 1].map((part) => {
      const y = this.#y(this.top * part);
      return [svg("line", { class: "rule", x1: PAD.left, x2: this.#width - PAD.right, y1: y, y2: y }), svg("text", { class: "tick end", x: PAD.left - 8, y: y + 4 }, this.write(this.top * part))];
    });
  }

  #times() {
    const every = Math.ceil(this.points.length / Math.max(2, Math.floor(this.#width / 110)));
    return this.points.map(({ tick }, i) => i % every === 0 && svg("text", { class: "tick", x: this.#x(i) + (this.lines ? this.#step / 2 : 0), y: HEIGHT - 5 }, tick));
  }

  #cursor() {
    return svg("rect", { class: "cursor", x: this.#x(this.at ?? 0), y: PAD.top, width: this.at === null ? 0 : this.#step, height: HEIGHT - PAD.top - PAD.bottom });
  }

  #bar(point, i) {
    let below = 0;
    const gap = this.#step > 6 ? Math.min(4, this.#step * 0.25) : 0.5;
    return this.series.map(({ key, look }) => {
      const value = point[key] ?? 0;
      if (!value) return null;
      const [foot, head] = [this.#y(below), this.#y(below + value)];
      below += value;
      const height = Math.max(foot - head, 1);
      return svg("rect", { class: `bar ${look}`, x: this.#x(i) + gap / 2, y: foot - height, width: Math.max(this.#step - gap, 0.5), height, rx: Math.min(2, height / 2, this.#step / 4) });
    });
  }

  #line({ key, look }) {
    const places = this.points.map((point, i) => point[key] != null && [this.#x(i) + this.#step / 2, this.#y(point[key])]);
    const path = places.map((place, i) => place && `${places[i - 1] ? "L" : "M"}${place.map((one) => one.toFixed(1)).join(" ")}`).filter(Boolean).join("");
    const alone = places.filter((place, i) => place && (places.length < 40 || !(places[i - 1] || places[i + 1])));
    return [svg("path", { class: `line ${look}`, d: path }), alone.map(([cx, cy]) => svg("circle", { class: `point ${look}`, cx, cy, r: 2.5 }))];
  }

  #tabulate() {
    const row = (cells, tag) => el("tr", {}, cells.map((cell, i) => el(i ? tag : "th", { ...((tag === "th" || !i) && { scope: tag === "th" ? "col" : "row" }) }, cell)));
    const told = this.points.filter((point) => this.series.some(({ key }) => point[key]));
    this.table.replaceChildren(el("table", {},
      el("caption", { "data-t": this.title }),
      el("thead", {}, row([t("chartMoment"), ...this.series.map(({ name }) => t(name))], "th")),
      el("tbody", {}, told.map((point) => row([point.label, ...this.series.map(({ key }) => this.write(point[key]))], "td")))));
  }
}
