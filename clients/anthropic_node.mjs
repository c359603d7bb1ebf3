// Anthropic's package for JavaScript: messages, its loop over tools, counts.

import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { z } from "zod";

import {
  CLAUDE, DESCRIPTION, GATEWAY, GREETING, PARAMETERS, QUESTION, asked, assert, check, getWeather,
} from "./checks.mjs";

const client = new Anthropic({ baseURL: GATEWAY, apiKey: "any" });
const options = { model: CLAUDE, max_tokens: 2000 };

await check("message", async () => {
  const reply = await client.messages.create({ ...options, messages: asked(GREETING) });
  assert(reply.content[0].text, reply);
});

await check("stream", async () => {
  const reply = await client.messages.stream({ ...options, messages: asked(GREETING) }).finalMessage();
  assert(reply.content[0].text, reply);
});

await check("streamed tools", async () => {
  const tools = [{ name: "get_weather", description: DESCRIPTION, input_schema: PARAMETERS }];
  const reply = await client.messages.stream({ ...options, messages: asked(QUESTION), tools }).finalMessage();
  assert(reply.stop_reason === "tool_use" && reply.content.at(-1).input.city, reply);
});

await check("tool runner", async () => {
  const weather = betaZodTool({
    name: "get_weather",
    description: DESCRIPTION,
    inputSchema: z.object({ city: z.string() }),
    run: getWeather,
  });
  const reply = await client.beta.messages.toolRunner({ ...options, messages: asked(QUESTION), tools: [weather] });
  assert(reply.content[0].text.includes("sunny in"), reply);
});

await check("count tokens", async () => {
  const counted = await client.messages.countTokens({ model: CLAUDE, messages: asked(GREETING) });
  assert(counted.input_tokens > 0, counted);
});
