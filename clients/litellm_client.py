"""LiteLLM as a library, by its providers for OpenAI, Anthropic and Ollama."""

import litellm
from pydantic import BaseModel

from clients.checks import (
    CLAUDE,
    DESCRIPTION,
    GATEWAY,
    GREETING,
    MODEL,
    PARAMETERS,
    QUESTION,
    URL,
    check,
    check_each,
)

litellm.suppress_debug_info = True
TOOLS = [
    {
        "type": "function",
        "function": {"name": "get_weather", "description": DESCRIPTION, "parameters": PARAMETERS},
    }
]


class Person(BaseModel):
    name: str
    age: int


PROVIDERS = {
    "OpenAI": lambda: {"model": f"openai/{MODEL}", "api_base": URL, "api_key": "any"},
    "Anthropic": lambda: {"model": f"anthropic/{CLAUDE}", "api_base": GATEWAY, "api_key": "any"},
    "Ollama": lambda: {"model": "ollama_chat/DeepSeek-V3.2", "api_base": GATEWAY},
}


def asked(text):
    return [{"role": "user", "content": text}]


@check_each(PROVIDERS)
def completion(provider):
    assert litellm.completion(**provider, messages=asked(GREETING)).choices[0].message.content


@check_each(PROVIDERS)
def stream(provider):
    chunks = list(litellm.completion(**provider, messages=asked(GREETING), stream=True))
    assert litellm.stream_chunk_builder(chunks).choices[0].message.content


@check_each(PROVIDERS)
def tools(provider):
    reply = litellm.completion(**provider, messages=asked(QUESTION), tools=TOOLS)
    assert reply.choices[0].message.tool_calls


@check_each(PROVIDERS)
def streamed_tools(provider):
    chunks = list(litellm.completion(**provider, messages=asked(QUESTION), tools=TOOLS, stream=True))
    assert litellm.stream_chunk_builder(chunks).choices[0].message.tool_calls


@check_each({name: PROVIDERS[name] for name in ("OpenAI", "Anthropic")})
def output(provider):
    reply = litellm.completion(**provider, messages=asked(GREETING), response_format=Person)
    Person.model_validate_json(reply.choices[0].message.content)


@check
def responses():
    reply = litellm.responses(model=f"openai/{MODEL}", input=GREETING, api_base=URL, api_key="any")
    assert reply.status == "completed"
