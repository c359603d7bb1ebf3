"""Ollama's package for Python: chats, prompts, tools, formats, models."""

import json

import ollama
from pydantic import BaseModel

from clients.checks import GATEWAY, GREETING, QUESTION, check, get_weather

client = ollama.Client(GATEWAY)
MODEL = "DeepSeek-V3.2"


class Person(BaseModel):
    name: str
    age: int


def asked(text):
    return [{"role": "user", "content": text}]


@check
def chat():
    assert client.chat(MODEL, messages=asked(GREETING)).message.content


@check
def stream():
    *_, last = client.chat(MODEL, messages=asked(GREETING), stream=True)
    assert last.done
    assert last.eval_count


@check
def thinking():
    assert client.chat(MODEL, messages=asked(GREETING), think=True).message.thinking


@check
def tools():
    messages = asked(QUESTION)
    first = client.chat(MODEL, messages=messages, tools=[get_weather]).message
    (call,) = first.tool_calls
    result = get_weather(**call.function.arguments)
    messages += [first, {"role": "tool", "tool_name": call.function.name, "content": result}]
    assert "sunny in" in client.chat(MODEL, messages=messages, tools=[get_weather]).message.content


@check
def streamed_tools():
    parts = list(client.chat(MODEL, messages=asked(QUESTION), tools=[get_weather], stream=True))
    assert any(part.message.tool_calls for part in parts)


@check
def json_schema():
    reply = client.chat(MODEL, messages=asked(GREETING), format=Person.model_json_schema())
    Person.model_validate_json(reply.message.content)


@check
def generate():
    assert client.generate(MODEL, GREETING).response
    assert isinstance(json.loads(client.generate(MODEL, GREETING, format="json").response), dict)


@check
def models():
    assert MODEL in {model.model for model in client.list().models}
    assert "tools" in client.show(MODEL).capabilities
