// A formula's place on the page.  What draws it is loaded when the first one appears.

import { el } from "../core/dom.js";

let drawing;

/** A formula in TeX; its source stands there until it is drawn, and stays where it cannot be read. */
export function formula(tex, display) {
  const place = el("span", { class: display ? "formula display" : "formula" }, el("code", {}, tex.trim()));
  drawing ??= import("./math.js");
  drawing.then(
    ({ mathml }) => draw(place, mathml, tex, display),
    (error) => {
      drawing = undefined;
      console.debug("formulas cannot be drawn:", error.message);
    },
  );
  return place;
}

function draw(place, mathml, tex, display) {
  try {
    place.replaceChildren(mathml(tex.trim(), display));
  } catch (error) {
    console.debug(`this formula stays as it is written: ${error.message}`);
  }
}
