// What every script needs: where the gateway is, a tool, a way to say what came out.

export const GATEWAY = process.env.GATEWAY ?? "http://127.0.0.1:16571";
export const URL = `${GATEWAY}/v1`;
export const MODEL = "gpt-4o-mini";
export const CLAUDE = "claude-sonnet-4-5";

// The simulator calls a tool for it, where one is offered whose name or description has one of these words.
export const QUESTION = "How is the weather in Paris?";
export const GREETING = "Hello";
export const DESCRIPTION = "Get the weather of a city";
export const PARAMETERS = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

export const getWeather = ({ city }) => `sunny in ${city}`;
export const asked = (content) => [{ role: "user", content }];

export function assert(truth, seen) {
  if (!truth) throw new Error(`unexpected: ${JSON.stringify(seen)}`);
}

const LIMIT_MS = 30_000;

export async function check(name, run) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT_MS} ms`)), LIMIT_MS);
  });
  try {
    await Promise.race([run(), late]);
    say("ok", name);
  } catch (error) {
    say("failed", name, `${error.name}: ${error.message}`);
  } finally {
    clearTimeout(timer);
  }
}

function say(word, name, why = "") {
  console.log([word, name, why.replace(/\s+/g, " ").slice(0, 500)].join("\t"));
}
