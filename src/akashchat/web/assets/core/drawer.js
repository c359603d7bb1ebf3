// The drawer, which a phone keeps out of sight until it is wanted.

import { byId } from "./dom.js";

/** Bring it in, or put it away. */
export function openDrawer(open) {
  byId("menu").setAttribute("aria-expanded", open);
  document.body.classList.toggle("drawer-open", open);
  if (open) byId("drawer").querySelector("button, a")?.focus();
}

export const drawerIsOpen = () => document.body.classList.contains("drawer-open");
