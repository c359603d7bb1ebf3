// The gateway's API, as the page asks it: with the cookie of who has signed in.

import { t } from "./words.js";

/** The gateway's address, without a slash at its end: where this page lies. */
export const home = new URL(".", document.baseURI).href.replace(/\/$/, "");

/** Told when the gateway wants a key. */
export const refusals = new EventTarget();

let admissions = 0;

/** Somebody has signed in: what was asked before it, and is refused only now, says nothing of them. */
export const admittedAnew = () => (admissions += 1);

/** What the gateway refused, in its own words. */
export class Refused extends Error {
  constructor(status, { message, code } = {}) {
    super(message ?? t("offline"));
    this.status = status;
    this.code = code;
  }
}

/** Ask; gives the response, or throws `Refused`. */
export async function ask(path, { body, method = body ? "POST" : "GET", signal } = {}) {
  const headers = { "x-akashchat-page": "1", ...(body && { "content-type": "application/json" }) };
  const before = admissions;
  const reply = await reached(path, { method, signal, headers, body: body && JSON.stringify(body) });
  if (reply.ok) return reply;
  if (reply.status === 401 && path !== "session" && before === admissions) refusals.dispatchEvent(new Event("key"));
  throw new Refused(reply.status, await told(reply));
}

async function reached(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0);
  }
}

async function told(reply) {
  try {
    return (await reply.json()).error;
  } catch (unreadable) {
    return { message: `${reply.status} ${reply.statusText} (${unreadable.message})` };
  }
}
