// The clients that were tried, and what each one wants to be told.  The same as in docs/clients.md.
//
// Each is `[name, language, text]`; `text` gets the address without `/v1`, the key and a model.

const chat = '"messages": [{"role": "user", "content": "Hello"}]';

export const GROUPS = [
  ["groupPlain", [
    ["curl", "bash", ({ home, key, model }) => `curl -N ${home}/v1/chat/completions \\\n  -H 'Content-Type: application/json' \\\n  -H 'Authorization: Bearer ${key}' \\\n  -d '{"model": "${model}", "stream": true, ${chat}}'`],
    ["OpenAI, Python", "python", ({ home, key, model }) => `from openai import OpenAI\n\nclient = OpenAI(base_url="${home}/v1", api_key="${key}")\nreply = client.chat.completions.create(\n    model="${model}",\n    messages=[{"role": "user", "content": "Hello"}],\n)\nprint(reply.choices[0].message.content)`],
    ["OpenAI, JavaScript", "javascript", ({ home, key, model }) => `import OpenAI from "openai";\n\nconst client = new OpenAI({ baseURL: "${home}/v1", apiKey: "${key}" });\nconst reply = await client.chat.completions.create({\n  model: "${model}",\n  messages: [{ role: "user", content: "Hello" }],\n});\nconsole.log(reply.choices[0].message.content);`],
    ["Anthropic, Python", "python", ({ home, key, model }) => `from anthropic import Anthropic\n\nclient = Anthropic(base_url="${home}", api_key="${key}")\nmessages = [{"role": "user", "content": "Hello"}]\nwith client.messages.stream(model="${model}", max_tokens=1000, messages=messages) as stream:\n    for text in stream.text_stream:\n        print(text, end="", flush=True)`],
    ["Anthropic, JavaScript", "javascript", ({ home, key, model }) => `import Anthropic from "@anthropic-ai/sdk";\n\nconst client = new Anthropic({ baseURL: "${home}", apiKey: "${key}" });\nconst messages = [{ role: "user", content: "Hello" }];\nconst reply = await client.messages.create({ model: "${model}", max_tokens: 1000, messages });`],
    ["Ollama, Python", "python", ({ home, model }) => `import ollama\n\nclient = ollama.Client(host="${home}")\nprint(client.chat(model="${model}", messages=[{"role": "user", "content": "Hello"}]).message.content)`],
  ]],
  ["groupAgents", [
    ["Claude Code", "bash", ({ home, key, model }) => `ANTHROPIC_BASE_URL=${home} \\\nANTHROPIC_AUTH_TOKEN=${key} \\\nANTHROPIC_MODEL=${model} claude`],
    ["Codex", "toml", ({ home, model, locked }) => `# ~/.codex/config.toml\nmodel = "${model}"\nmodel_provider = "akash"\n\n[model_providers.akash]\nname = "Akash"\nbase_url = "${home}/v1"\nwire_api = "responses"${locked ? '\nenv_key = "AKASH_KEY"  # the variable that holds the key' : ""}`],
    ["aider", "bash", ({ home, key, model }) => `export OPENAI_API_BASE=${home}/v1\nexport OPENAI_API_KEY=${key}\naider --model openai/${model}`],
    ["LLM", "bash", ({ home, key, model }) => `cat >> "$(dirname "$(llm logs path)")/extra-openai-models.yaml" <<'END'\n- model_id: akash\n  model_name: ${model}\n  api_base: ${home}/v1\n  api_key_name: akash\n  supports_tools: true\n  supports_schema: true\nEND\nllm keys set akash --value ${key}\nllm -m akash "Hello"`],
  ]],
  ["groupPages", [
    ["Open WebUI", "bash", ({ home, key }) => `OPENAI_API_BASE_URL=${home}/v1 OPENAI_API_KEY=${key} \\\nENABLE_OLLAMA_API=false \\\nENABLE_IMAGE_GENERATION=true IMAGE_GENERATION_ENGINE=openai IMAGE_GENERATION_MODEL=AkashGen IMAGE_SIZE=1024x1024 \\\nIMAGES_OPENAI_API_BASE_URL=${home}/v1 IMAGES_OPENAI_API_KEY=${key} \\\nopen-webui serve`],
    ["Open WebUI, Docker", "bash", ({ home, key }) => `docker run --detach --publish 3000:8080 \\\n  --add-host host.docker.internal:host-gateway \\\n  --env OPENAI_API_BASE_URL=${within(home)}/v1 \\\n  --env OPENAI_API_KEY=${key} \\\n  --env ENABLE_IMAGE_GENERATION=true \\\n  --env IMAGE_GENERATION_ENGINE=openai \\\n  --env IMAGE_GENERATION_MODEL=AkashGen \\\n  --env IMAGES_OPENAI_API_BASE_URL=${within(home)}/v1 \\\n  --env IMAGES_OPENAI_API_KEY=${key} \\\n  --env IMAGE_SIZE=1024x1024 \\\n  ghcr.io/open-webui/open-webui:main`],
  ]],
  ["groupLibraries", [
    ["LangChain", "python", ({ home, key, model }) => `from langchain_openai import ChatOpenAI\n\nchat = ChatOpenAI(base_url="${home}/v1", api_key="${key}", model="${model}", stream_usage=True)\nprint(chat.invoke("Hello").content)`],
    ["LlamaIndex", "python", ({ home, key, model }) => `from llama_index.llms.openai_like import OpenAILike\n\nmodel = OpenAILike(\n    model="${model}",\n    api_base="${home}/v1",\n    api_key="${key}",\n    is_chat_model=True,\n    is_function_calling_model=True,\n)\nprint(model.complete("Hello"))`],
    ["Pydantic AI", "python", ({ home, key, model }) => `from pydantic_ai import Agent\nfrom pydantic_ai.models.openai import OpenAIChatModel\nfrom pydantic_ai.providers.openai import OpenAIProvider\n\nprovider = OpenAIProvider(base_url="${home}/v1", api_key="${key}")\nprint(Agent(OpenAIChatModel("${model}", provider=provider)).run_sync("Hello").output)`],
    ["OpenAI Agents SDK", "python", ({ home, key, model }) => `from agents import Agent, OpenAIResponsesModel, Runner, set_tracing_disabled\nfrom openai import AsyncOpenAI\n\nset_tracing_disabled(True)\nclient = AsyncOpenAI(base_url="${home}/v1", api_key="${key}")\nmodel = OpenAIResponsesModel(model="${model}", openai_client=client)\nprint(Runner.run_sync(Agent(name="Helper", model=model), "Hello").final_output)`],
    ["Instructor", "python", ({ home, key, model }) => `import instructor\nfrom openai import OpenAI\nfrom pydantic import BaseModel\n\n\nclass Person(BaseModel):\n    name: str\n    born: int\n\n\nclient = instructor.from_openai(OpenAI(base_url="${home}/v1", api_key="${key}"))\nperson = client.chat.completions.create(\n    model="${model}", response_model=Person, messages=[{"role": "user", "content": "Who was Ada?"}]\n)`],
    ["AI SDK", "javascript", ({ home, key, model }) => `import { createOpenAICompatible } from "@ai-sdk/openai-compatible";\nimport { generateText } from "ai";\n\nconst akash = createOpenAICompatible({ name: "akash", baseURL: "${home}/v1", apiKey: "${key}" });\nconst { text, reasoningText } = await generateText({ model: akash("${model}"), prompt: "Hello" });`],
    ["LiteLLM", "python", ({ home, key, model }) => `import litellm\n\nreply = litellm.completion(\n    model="openai/${model}",\n    api_base="${home}/v1",\n    api_key="${key}",\n    messages=[{"role": "user", "content": "Hello"}],\n)`],
  ]],
];

/** The address as a container on the same machine reaches it. */
const within = (home) => home.replace(/localhost|127\.0\.0\.1|\[::1\]/, "host.docker.internal");
