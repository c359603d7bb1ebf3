// Signing in: whether a key is needed, the question for it, and leaving.
//
// The key goes to the gateway once and is not kept here; a cookie that scripts cannot read takes its place.

import { admittedAnew, ask, refusals } from "./api.js";
import { forgetModels } from "./catalogue.js";
import { dialog } from "./dialog.js";
import { el, freshId } from "./dom.js";
import { learn } from "./words.js";

learn({
  en: {
    signInTitle: "Sign in", signInLead: "This gateway asks for a key. Its operator gives it out.", key: "Key", signIn: "Sign in", signOut: "Sign out",
    wrongKey: "That key is not valid.", signInKept: "The key is not kept in this browser. A cookie stands for it for a week.",
  },
  zh: {
    signInTitle: "登录", signInLead: "本网关需要密钥，请向其管理者索取。", key: "密钥", signIn: "登录", signOut: "退出登录",
    wrongKey: "密钥无效。", signInKept: "密钥不会保存在此浏览器中，由 Cookie 代替，有效期一周。",
  },
});

/** Told (`changed`) when somebody has signed in or out; `key` is the id of an issued one. */
export const session = Object.assign(new EventTarget(), { keyNeeded: false, caller: null, key: null, admin: false });

/** Ask how it stands. */
export async function lookUp() {
  take(await (await ask("session")).json());
}

function take(told) {
  session.keyNeeded = told.key_needed;
  session.caller = told.caller;
  session.key = told.key;
  session.admin = told.admin;
  if (told.caller !== null) admittedAnew();
  forgetModels();
  session.dispatchEvent(new Event("changed"));
}

/** Whether the page may ask: no key is needed, or somebody has signed in. */
export const admitted = () => !session.keyNeeded || session.caller !== null;

/** Sign in with a key; throws `Refused`. */
export async function signInWith(key) {
  take(await (await ask("session", { body: { key } })).json());
}

/** Leave. */
export async function signOut() {
  take(await (await ask("session", { method: "DELETE" })).json());
  signIn();
}

let open = false;

/** Ask for the key; resolves when somebody has signed in or has closed the question. */
export function signIn() {
  if (open) return;
  open = true;
  const [id, error] = [freshId("key"), freshId("error")];
  const input = el("input", { id, class: "field", type: "password", autocomplete: "current-password", spellcheck: "false", required: true, autofocus: true, "aria-describedby": error });
  const wrong = el("p", { id: error, class: "wrong", role: "alert" });
  const form = el("form", { class: "stack" },
    el("p", { class: "soft", "data-t": "signInLead" }),
    el("label", { for: id, "data-t": "key" }), input, wrong,
    el("button", { class: "primary", "data-t": "signIn" }),
    el("p", { class: "soft small", "data-t": "signInKept" }));
  const shown = dialog("signInTitle", form, { narrow: true, onclose: () => (open = false) });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await signInWith(input.value.trim());
      shown.close();
    } catch (refused) {
      if (refused.status === 401) wrong.replaceChildren(el("span", { "data-t": "wrongKey" }));
      else wrong.textContent = refused.message;
      input.select();
    }
  });
}

refusals.addEventListener("key", () => {
  Object.assign(session, { keyNeeded: true, caller: null, key: null, admin: false });
  signIn();
});
