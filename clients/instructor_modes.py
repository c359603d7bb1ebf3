"""Instructor, in its modes for OpenAI and for Anthropic."""

import anthropic
import instructor
import openai
from pydantic import BaseModel

from clients.checks import CLAUDE, GREETING, MODEL, check_each

ASKED = [{"role": "user", "content": GREETING}]


class Person(BaseModel):
    name: str
    age: int


def for_openai(mode):
    return lambda: (instructor.from_openai(openai.OpenAI(), mode=mode), {"model": MODEL})


def for_anthropic(mode):
    options = {"model": CLAUDE, "max_tokens": 2000}
    return lambda: (instructor.from_anthropic(anthropic.Anthropic(), mode=mode), options)


MODES = {
    "tools": for_openai(instructor.Mode.TOOLS),
    "strict tools": for_openai(instructor.Mode.TOOLS_STRICT),
    "JSON": for_openai(instructor.Mode.JSON),
    "JSON schema": for_openai(instructor.Mode.JSON_SCHEMA),
    "responses": for_openai(instructor.Mode.RESPONSES_TOOLS),
    "Anthropic": for_anthropic(instructor.Mode.ANTHROPIC_TOOLS),
}


@check_each(MODES)
def whole(made):
    client, options = made
    reply = client.chat.completions.create(response_model=Person, messages=ASKED, max_retries=0, **options)
    assert isinstance(reply, Person)


@check_each(MODES)
def partial(made):
    client, options = made
    *_, last = client.chat.completions.create_partial(response_model=Person, messages=ASKED, **options)
    assert last.name
    assert last.age
