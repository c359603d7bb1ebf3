// The AI SDK, by its providers for OpenAI (responses, chats), for whatever is like it, and for Anthropic.

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Output, generateObject, generateText, stepCountIs, streamObject, streamText, tool } from "ai";
import { z } from "zod";

import { CLAUDE, DESCRIPTION, GREETING, MODEL, QUESTION, URL, assert, check, getWeather } from "./checks.mjs";

const apiKey = "any";
const schema = z.object({ name: z.string(), age: z.number().int() });
const tools = {
  get_weather: tool({
    description: DESCRIPTION,
    inputSchema: z.object({ city: z.string() }),
    execute: async (given) => getWeather(given),
  }),
};
const stopWhen = stepCountIs(4);
const models = {
  compatible: createOpenAICompatible({
    name: "akash", baseURL: URL, apiKey, supportsStructuredOutputs: true, includeUsage: true,
  })(MODEL),
  responses: createOpenAI({ baseURL: URL, apiKey })(MODEL),
  chats: createOpenAI({ baseURL: URL, apiKey }).chat(MODEL),
  Anthropic: createAnthropic({ baseURL: URL, apiKey })(CLAUDE),
};

for (const [name, model] of Object.entries(models)) {
  await check(`generateText (${name})`, async () => {
    const { text, usage } = await generateText({ model, prompt: GREETING });
    assert(text && usage.totalTokens, { text, usage });
  });

  await check(`tools (${name})`, async () => {
    const { text, steps } = await generateText({ model, prompt: QUESTION, tools, stopWhen });
    assert(text.includes("sunny in") && steps.length === 2, { text, steps });
  });

  await check(`streamed tools (${name})`, async () => {
    const stream = streamText({ model, prompt: QUESTION, tools, stopWhen });
    for await (const part of stream.fullStream) if (part.type === "error") throw part.error;
    const text = await stream.text;
    assert(text.includes("sunny in"), text);
  });

  await check(`toolChoice (${name})`, async () => {
    const reply = await generateText({ model, prompt: "1 + 1", tools, toolChoice: "required" });
    assert(reply.toolCalls.length === 1, reply);
  });

  await check(`generateObject (${name})`, async () => {
    const { object } = await generateObject({ model, prompt: GREETING, schema });
    assert(typeof object.name === "string", object);
  });

  await check(`streamObject (${name})`, async () => {
    const stream = streamObject({ model, prompt: GREETING, schema });
    for await (const part of stream.partialObjectStream) void part;
    assert(typeof (await stream.object).name === "string");
  });

  await check(`tools and output (${name})`, async () => {
    const output = Output.object({ schema });
    const reply = await generateText({ model, prompt: QUESTION, tools, stopWhen, output });
    assert(typeof reply.output.name === "string" && reply.steps.length === 2, reply.steps);
  });
}
