// A picture asked for, and what is told while it is made.
//
// The gateway tells of progress in comments of the stream, as OpenAI's protocol has no event for it: a sentence,
// with the position where there is a queue.

import { ask } from "../core/api.js";
import { events } from "../core/events.js";

const POSITION = /position (\d+)/;

/** Ask for a picture; `told({position})` is called while it is made; gives the picture. */
export async function draw({ prompt, model }, signal, told) {
  const reply = await ask("v1/images/generations", { body: { prompt, model, stream: true }, signal });
  for await (const { name, data, comment } of events(reply)) {
    if (comment.startsWith("The image")) told({ position: Number(POSITION.exec(comment)?.[1] ?? 0) });
    if (name === "error") throw new Error(JSON.parse(data).error.message);
    if (name === "image_generation.completed") return pictureOf(prompt, JSON.parse(data));
  }
  throw new Error("cut");
}

function pictureOf(prompt, { b64_json: base64, output_format: format, revised_prompt: drawn }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const blob = new Blob([bytes], { type: `image/${format}` });
  return { id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, at: Date.now(), prompt, drawn, format, blob };
}
