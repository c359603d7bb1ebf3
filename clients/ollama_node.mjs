// Ollama's package for JavaScript.

import { Ollama } from "ollama";

import {
  DESCRIPTION, GATEWAY, GREETING, PARAMETERS, QUESTION, asked, assert, check, getWeather,
} from "./checks.mjs";

const client = new Ollama({ host: GATEWAY });
const model = "DeepSeek-V3.2";
const tools = [
  { type: "function", function: { name: "get_weather", description: DESCRIPTION, parameters: PARAMETERS } },
];

await check("chat", async () => {
  const reply = await client.chat({ model, messages: asked(GREETING) });
  assert(reply.message.content, reply);
});

await check("stream", async () => {
  let text = "";
  for await (const part of await client.chat({ model, messages: asked(GREETING), stream: true })) {
    text += part.message.content;
  }
  assert(text, text);
});

await check("tools", async () => {
  const messages = asked(QUESTION);
  const { message } = await client.chat({ model, messages, tools });
  const called = message.tool_calls[0].function;
  messages.push(message, { role: "tool", tool_name: called.name, content: getWeather(called.arguments) });
  const reply = await client.chat({ model, messages, tools });
  assert(reply.message.content.includes("sunny in"), reply);
});

await check("JSON schema", async () => {
  const reply = await client.chat({ model, messages: asked(GREETING), format: PARAMETERS });
  assert(JSON.parse(reply.message.content).city, reply);
});

await check("models", async () => {
  const { models } = await client.list();
  assert(models.some((listed) => listed.model === model), models);
});
