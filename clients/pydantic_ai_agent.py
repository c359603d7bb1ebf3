"""Pydantic AI, over OpenAI's chats and responses and over Anthropic's messages."""

from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel

from clients.checks import CLAUDE, GREETING, MODEL, QUESTION, check_each, get_weather

MODELS = {
    "chats": lambda: OpenAIChatModel(MODEL),
    "responses": lambda: OpenAIResponsesModel(MODEL),
    "Anthropic": lambda: AnthropicModel(CLAUDE),
}


class Person(BaseModel):
    name: str
    age: int


@check_each(MODELS)
async def tools(model):
    assert "sunny in" in (await Agent(model, tools=[get_weather]).run(QUESTION)).output


@check_each(MODELS)
async def output_by_tool(model):
    result = await Agent(model, output_type=ToolOutput(Person)).run(GREETING)
    assert isinstance(result.output, Person)


@check_each(MODELS)
async def output_by_schema(model):
    result = await Agent(model, output_type=NativeOutput(Person)).run(GREETING)
    assert isinstance(result.output, Person)


@check_each({"chats": MODELS["chats"]})
async def output_by_prompt(model):
    result = await Agent(model, output_type=PromptedOutput(Person)).run(GREETING)
    assert isinstance(result.output, Person)


@check_each(MODELS)
async def streamed_tools_and_output(model):
    agent = Agent(model, tools=[get_weather], output_type=Person)
    async with agent.run_stream(QUESTION) as result:
        assert isinstance(await result.get_output(), Person)
