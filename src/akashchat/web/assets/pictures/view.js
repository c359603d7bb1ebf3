// Pictures: a prompt, where it stands in the queue, and what came of it.

import { models } from "../core/catalogue.js";
import { el, freshId } from "../core/dom.js";
import { learn, t, tag } from "../core/words.js";
import { draw } from "./drawing.js";
import { Gallery } from "./gallery.js";

learn({
  en: {
    picturesTitle: "Draw a picture", picturesLead: "AkashGen draws what you describe. Pictures are kept in this browser.", prompt: "Describe the picture", promptHint: "A red fox in the snow, at dawn, watercolour", drawIt: "Draw", stopDrawing: "Stop",
    queued: "In the queue, at position {position}", drawing: "Being drawn…", askingToDraw: "Asking…", elapsed: "{seconds} s", drawn: "The picture is ready.", noPictures: "Nothing has been drawn yet.", noDrawer: "No model here draws.",
    gallery: "Gallery", picture: "Picture", openPicture: "Open: {prompt}", download: "Download", samePrompt: "Draw again", drawnFrom: "Drawn from:", connectionLost: "The connection was lost before the picture was ready.",
  },
  zh: {
    picturesTitle: "绘制图片", picturesLead: "AkashGen 按你的描述作画，图片保存在此浏览器中。", prompt: "描述图片", promptHint: "黎明雪地中的一只红狐，水彩画", drawIt: "绘制", stopDrawing: "停止",
    queued: "排队中，第 {position} 位", drawing: "正在绘制…", askingToDraw: "正在提交…", elapsed: "{seconds} 秒", drawn: "图片已完成。", noPictures: "尚未绘制图片。", noDrawer: "这里没有可绘图的模型。",
    gallery: "图库", picture: "图片", openPicture: "打开：{prompt}", download: "下载", samePrompt: "再次绘制", drawnFrom: "绘制所用文本：", connectionLost: "图片尚未完成，连接已中断。",
  },
});

/** See `page.js`. */
export async function create() {
  const id = freshId("prompt");
  const area = el("textarea", { id, rows: "2", "data-t-hint": "promptHint", required: true });
  const gallery = new Gallery((prompt) => {
    area.value = prompt;
    area.focus();
  });
  const jobs = el("ul", { class: "jobs" });
  const wrong = el("p", { class: "wrong", role: "alert" });
  const form = el("form", { class: "prompt card" }, el("label", { for: id, class: "label", "data-t": "prompt" }), area, el("div", { class: "row end" }, el("button", { class: "primary", "data-t": "drawIt" })));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const prompt = area.value.trim();
    wrong.textContent = "";
    if (!prompt) return;
    try {
      const drawer = (await models()).all.find(({ draws }) => draws);
      if (!drawer) throw new Error(t("noDrawer"));
      const job = new Job(prompt);
      jobs.prepend(job.element);
      area.value = "";
      await job.run(drawer.id, gallery);
    } catch (error) {
      wrong.textContent = error.message;
    }
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  await gallery.recall();
  const element = el("div", { class: "wide-view" },
    el("h1", { "data-t": "picturesTitle" }), el("p", { class: "soft lead", "data-t": "picturesLead" }), form, wrong, jobs,
    el("h2", { "data-t": "gallery" }), gallery.none, gallery.element);
  return { element };
}

/** A picture in the making. */
class Job {
  #controller = new AbortController();
  #begun = performance.now();

  constructor(prompt) {
    this.prompt = prompt;
    this.state = el("span", { class: "state", role: "status" }, t("askingToDraw"));
    this.time = el("span", { class: "soft small time" });
    this.stop = el("button", { type: "button", "data-t": "stopDrawing", onclick: () => this.#controller.abort() });
    this.element = el("li", { class: "job card" }, el("div", { class: "canvas", "aria-hidden": "true" }), el("div", { class: "job-text" }, el("p", {}, prompt), el("p", { class: "job-state" }, this.state, this.time)), this.stop);
  }

  /** Have it drawn, and hang it up. */
  async run(model, gallery) {
    const ticking = setInterval(() => this.#tick(), 1000);
    try {
      const picture = await draw({ prompt: this.prompt, model }, this.#controller.signal, (told) => this.#tell(told));
      document.getElementById("status").textContent = t("drawn");
      await gallery.add(picture);
    } catch (error) {
      if (error.name === "AbortError") return;
      throw error.message === "cut" ? new Error(t("connectionLost")) : error;
    } finally {
      clearInterval(ticking);
      this.element.remove();
    }
  }

  #tell({ position }) {
    this.element.dataset.position = position;
    this.state.textContent = position ? t("queued", { position }) : t("drawing");
  }

  #tick() {
    const seconds = Math.round((performance.now() - this.#begun) / 1000).toLocaleString(tag());
    this.time.textContent = t("elapsed", { seconds });
  }
}
