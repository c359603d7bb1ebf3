// The page: what it shows, and the way from one view to the other.
//
// A view is a module with `create()`, which gives its `element`, perhaps an `aside` for the drawer and an
// `action` for the top; it is loaded when it is first looked at and stays as it is when another one is.

import { languageButton, themeButton } from "./core/controls.js";
import { byId, el, icon, translate } from "./core/dom.js";
import { drawerIsOpen, openDrawer } from "./core/drawer.js";
import { CHAT, CONNECT, DOCS, LEAVE, LIST, MODELS, PICTURE } from "./core/icons.js";
import { admitted, lookUp, session, signIn, signOut } from "./core/signin.js";
import { learn, onLanguage, t } from "./core/words.js";

learn({
  en: { menu: "Menu", chat: "Chat", pictures: "Pictures", models: "Models", connect: "Connect", leave: "Sign out", mustSignIn: "Sign in to go on." },
  zh: { menu: "菜单", chat: "对话", pictures: "绘图", models: "模型", connect: "接入", leave: "退出登录", mustSignIn: "请先登录。" },
});

// The dashboard and the keys are for administrators: when the gateway has them, they take their lines here.
const VIEWS = [
  { name: "chat", path: CHAT, load: () => import("./chat/view.js") },
  { name: "pictures", path: PICTURE, load: () => import("./pictures/view.js") },
  { name: "models", path: MODELS, load: () => import("./models/view.js") },
  { name: "connect", path: CONNECT, load: () => import("./connect/view.js") },
];
const created = new Map();
const main = byId("main");

const named = () => location.hash.slice(1).split("/")[0];
const chosen = () => VIEWS.find(({ name }) => name === named()) ?? VIEWS[0];

function link({ name, path }) {
  return el("a", { href: `#${name}`, id: `to-${name}` }, icon(path), el("span", { "data-t": name }));
}

/** Show the view that the address names. */
async function show() {
  if (named() === "main") return; // the way past the navigation
  const view = chosen();
  if (!created.has(view.name)) created.set(view.name, view.load().then(({ create }) => create()));
  const { element, aside, action } = await created.get(view.name);
  if (chosen() !== view) return;
  main.dataset.view = view.name;
  main.replaceChildren(element);
  byId("aside").replaceChildren(...[aside].flat().filter(Boolean));
  byId("top-end").replaceChildren(...[action].flat().filter(Boolean));
  document.title = `${t(view.name)} · akashchat`;
  for (const one of byId("views").children) {
    if (one.id === `to-${view.name}`) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  openDrawer(false);
}

function foot() {
  const leave = el("button", { type: "button", class: "plain wide", onclick: signOut }, icon(LEAVE), el("span", { "data-t": "leave" }));
  const enter = el("button", { type: "button", class: "primary", onclick: signIn, "data-t": "signIn" });
  const mark = () => {
    leave.hidden = session.caller === null;
    enter.hidden = admitted();
  };
  session.addEventListener("changed", mark);
  mark();
  const docs = el("a", { class: "plain wide", href: "docs" }, icon(DOCS), el("span", { "data-t": "docs" }));
  return [enter, el("div", { class: "controls" }, docs, languageButton(), themeButton()), leave];
}

function listen() {
  addEventListener("hashchange", show);
  byId("menu").addEventListener("click", () => openDrawer(!drawerIsOpen()));
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !drawerIsOpen()) return;
    openDrawer(false);
    byId("menu").focus();
  });
  document.body.addEventListener("pointerdown", ({ target }) => target === document.body && openDrawer(false)); // beside the drawer
  onLanguage(() => (document.title = `${t(chosen().name)} · akashchat`));
}

async function start() {
  byId("menu").append(icon(LIST));
  byId("views").append(...VIEWS.map(link));
  byId("foot").append(...foot());
  translate(document);
  listen();
  try {
    await lookUp();
  } catch (error) {
    console.debug("nobody says whether a key is needed:", error.message);
  }
  if (!admitted()) signIn();
  await show();
}

start();
