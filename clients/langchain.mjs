// LangChain for JavaScript, by its packages for OpenAI (chats, responses) and for Anthropic.

import { ChatAnthropic } from "@langchain/anthropic";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent } from "langchain";
import { z } from "zod";

import {
  CLAUDE, DESCRIPTION, GATEWAY, GREETING, MODEL, QUESTION, URL, assert, check, getWeather,
} from "./checks.mjs";

const apiKey = "any";
const Person = z.object({ name: z.string(), age: z.number().int() });
const weather = tool(async (given) => getWeather(given), {
  name: "get_weather",
  description: DESCRIPTION,
  schema: z.object({ city: z.string() }),
});
const configuration = { baseURL: URL };
const models = {
  chats: () => new ChatOpenAI({ model: MODEL, apiKey, configuration }),
  responses: () => new ChatOpenAI({ model: MODEL, apiKey, configuration, useResponsesApi: true }),
  Anthropic: () => new ChatAnthropic({ model: CLAUDE, apiKey, anthropicApiUrl: GATEWAY }),
};

for (const [name, make] of Object.entries(models)) {
  await check(`stream (${name})`, async () => {
    let whole;
    for await (const part of await make().stream(GREETING)) whole = whole ? whole.concat(part) : part;
    assert(whole.text, whole);
  });

  await check(`tools (${name})`, async () => {
    const bound = make().bindTools([weather]);
    const first = await bound.invoke(QUESTION);
    const results = await Promise.all(first.tool_calls.map((call) => weather.invoke(call)));
    const last = await bound.invoke([["user", QUESTION], first, ...results]);
    assert(last.text.includes("sunny in"), last);
  });

  await check(`streamed tools (${name})`, async () => {
    let whole;
    for await (const part of await make().bindTools([weather]).stream(QUESTION)) {
      whole = whole ? whole.concat(part) : part;
    }
    assert(whole.tool_calls[0].args.city, whole);
  });

  for (const method of ["functionCalling", "jsonSchema"]) {
    await check(`output by ${method} (${name})`, async () => {
      const person = await make().withStructuredOutput(Person, { method }).invoke(GREETING);
      assert(typeof person.name === "string", person);
    });
  }

  await check(`agent (${name})`, async () => {
    const agent = createAgent({ model: make(), tools: [weather] });
    const { messages } = await agent.invoke({ messages: [{ role: "user", content: QUESTION }] });
    assert(messages.at(-1).text.includes("sunny in"), messages.at(-1));
  });
}
