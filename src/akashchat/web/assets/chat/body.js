// A conversation as the body of a request to `/v1/chat/completions`.

/** The body; `upTo` is how many turns go along. */
export async function bodyOf({ model, system, sampling, turns }, upTo = turns.length) {
  const told = await Promise.all(turns.slice(0, upTo).map(messageOf));
  const messages = [...(system.trim() ? [{ role: "system", content: system }] : []), ...told];
  return { model, messages, ...sampling };
}

async function messageOf({ role, text, files = [] }) {
  if (!files.length) return { role, content: text };
  const parts = await Promise.all(files.map(partOf));
  return { role, content: [...(text ? [{ type: "text", text }] : []), ...parts] };
}

async function partOf({ name, blob }) {
  if (blob.type.startsWith("image/")) return { type: "image_url", image_url: { url: await dataUrl(blob) } };
  return { type: "file", file: { filename: name, file_data: await dataUrl(await named(blob)) } };
}

/** What is text, as text: browsers do not know the types of most programs' sources. */
async function named(blob) {
  try {
    return new Blob([new TextDecoder("utf-8", { fatal: true }).decode(await blob.arrayBuffer())], { type: "text/plain" });
  } catch (binary) {
    console.debug(`${blob.type || "a file"} is sent as it is: ${binary.message}`);
    return blob;
  }
}

function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
