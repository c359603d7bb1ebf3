// OpenAI's package for JavaScript: chats, its loop over tools, responses.

import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

import {
  DESCRIPTION, GREETING, MODEL, PARAMETERS, QUESTION, URL, asked, assert, check, getWeather,
} from "./checks.mjs";

const client = new OpenAI({ baseURL: URL, apiKey: "any" });
const Person = z.object({ name: z.string(), age: z.number().int() });
const described = { name: "get_weather", description: DESCRIPTION, parameters: PARAMETERS };
const runnable = { type: "function", function: { ...described, function: getWeather, parse: JSON.parse } };

await check("chat", async () => {
  const reply = await client.chat.completions.create({ model: MODEL, messages: asked(GREETING) });
  assert(reply.choices[0].message.content, reply);
});

await check("stream", async () => {
  const stream = await client.chat.completions.create({
    model: MODEL, messages: asked(GREETING), stream: true,
  });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  assert(text, text);
});

await check("runTools", async () => {
  const runner = client.chat.completions.runTools({ model: MODEL, messages: asked(QUESTION), tools: [runnable] });
  const text = await runner.finalContent();
  assert(text.includes("sunny in"), text);
});

await check("streamed runTools", async () => {
  const runner = client.chat.completions.runTools({
    model: MODEL, messages: asked(QUESTION), tools: [runnable], stream: true,
  });
  const text = await runner.finalContent();
  assert(text.includes("sunny in"), text);
});

await check("parse", async () => {
  const reply = await client.chat.completions.parse({
    model: MODEL, messages: asked(GREETING), response_format: zodResponseFormat(Person, "person"),
  });
  assert(reply.choices[0].message.parsed, reply);
});

await check("responses parse", async () => {
  const reply = await client.responses.parse({
    model: MODEL, input: GREETING, text: { format: zodTextFormat(Person, "person") },
  });
  assert(reply.output_parsed, reply);
});

await check("responses tools", async () => {
  const tools = [{ type: "function", ...described, strict: true }];
  const first = await client.responses.stream({ model: MODEL, input: QUESTION, tools }).finalResponse();
  const call = first.output.at(-1);
  const last = await client.responses.create({
    model: MODEL,
    tools,
    previous_response_id: first.id,
    input: [{ type: "function_call_output", call_id: call.call_id, output: "sunny in Paris" }],
  });
  assert(last.output_text.includes("sunny in Paris"), last);
});

await check("pictures", async () => {
  const picture = await client.images.generate({
    model: "AkashGen", prompt: "A red fox in the snow", response_format: "b64_json",
  });
  assert(picture.data[0].b64_json, picture);
});

await check("errors", async () => {
  const error = await client.chat.completions
    .create({ model: "no-such-model", messages: asked(GREETING) })
    .catch((caught) => caught);
  assert(error instanceof OpenAI.NotFoundError, error);
});
