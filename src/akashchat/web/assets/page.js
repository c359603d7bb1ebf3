// The page: what it shows, and the way from one view to the other.
//
// A view is a module with `create()`, which gives its `element`, perhaps an `aside` for the drawer and an
// `action` for the top, `arrive` and `depart` for when it is looked at and no more; it is loaded when it is first
// looked at and stays as it is when another one is.

import { languageButton, themeButton } from "./core/controls.js";
import { byId, el, icon, translate } from "./core/dom.js";
import { drawerIsOpen, openDrawer } from "./core/drawer.js";
import { CHAT, CONNECT, DASHBOARD, DOCS, KEY, LEAVE, LIST, MODELS, PICTURE } from "./core/icons.js";
import { admitted, lookUp, session, signIn, signOut } from "./core/signin.js";
import { learn, onLanguage, t } from "./core/words.js";

learn({
  en: { menu: "Menu", chat: "Chat", pictures: "Pictures", models: "Models", connect: "Connect", dashboard: "Dashboard", keys: "Keys", leave: "Sign out", mustSignIn: "Sign in to go on." },
  zh: { menu: "菜单", chat: "对话", pictures: "绘图", models: "模型", connect: "接入", dashboard: "仪表盘", keys: "密钥", leave: "退出登录", mustSignIn: "请先登录。" },
});

const VIEWS = [
  { name: "chat", path: CHAT, load: () => import("./chat/view.js") },
  { name: "pictures", path: PICTURE, load: () => import("./pictures/view.js") },
  { name: "models", path: MODELS, load: () => import("./models/view.js") },
  { name: "connect", path: CONNECT, load: () => import("./connect/view.js") },
  { name: "dashboard", path: DASHBOARD, load: () => import("./dashboard/view.js"), admin: true },
  { name: "keys", path: KEY, load: () => import("./keys/view.js"), admin: true },
];
const offered = () => VIEWS.filter(({ admin }) => !admin || session.admin);
const created = new Map();
let looked;
const main = byId("main");

const named = () => location.hash.slice(1).split("/")[0];
const chosen = () => offered().find(({ name }) => name === named()) ?? VIEWS[0];

function link({ name, path }) {
  return el("a", { href: `#${name}`, id: `to-${name}` }, icon(path), el("span", { "data-t": name }));
}

/** Show the view that the address names. */
async function show() {
  if (named() === "main") return; // the way past the navigation
  const view = chosen();
  if (!created.has(view.name)) created.set(view.name, view.load().then(({ create }) => create()));
  const shown = await created.get(view.name);
  if (chosen() !== view) return;
  const { element, aside, action } = shown;
  if (looked !== shown) looked?.depart?.();
  main.dataset.view = view.name;
  main.replaceChildren(element);
  byId("aside").replaceChildren(...[aside].flat().filter(Boolean));
  byId("top-end").replaceChildren(...[action].flat().filter(Boolean));
  document.title = `${t(view.name)} · akashchat`;
  mark();
  openDrawer(false);
  if (looked !== shown) shown.arrive?.();
  looked = shown;
}

function mark() {
  for (const one of byId("views").children) {
    if (one.id === `to-${main.dataset.view}`) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
}

/** The links to what is offered to whoever looks; what was made for an admin goes with them. */
function offer() {
  byId("views").replaceChildren(...offered().map(link));
  mark();
  for (const { name } of VIEWS.filter((view) => !offered().includes(view))) created.delete(name);
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
  byId("foot").append(...foot());
  offer();
  translate(document);
  listen();
  try {
    await lookUp();
  } catch (error) {
    console.debug("nobody says whether a key is needed:", error.message);
  }
  offer();
  session.addEventListener("changed", () => {
    offer();
    if (chosen().name !== main.dataset.view) show();
  });
  if (!admitted()) signIn();
  await show();
}

start();
