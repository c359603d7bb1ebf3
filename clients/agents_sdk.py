"""OpenAI's Agents SDK, over responses and over chats: tools, output, both, handoffs, streams."""

import agents
from openai import AsyncOpenAI
from pydantic import BaseModel

from clients.checks import GREETING, MODEL, QUESTION, check_each, get_weather

agents.set_tracing_disabled(True)
weather = agents.function_tool(get_weather)


class Person(BaseModel):
    name: str
    age: int


MODELS = {
    "responses": lambda: agents.OpenAIResponsesModel(model=MODEL, openai_client=AsyncOpenAI()),
    "chats": lambda: agents.OpenAIChatCompletionsModel(model=MODEL, openai_client=AsyncOpenAI()),
}


def agent(model, **options):
    return agents.Agent(**{"name": "Helper", "instructions": "Be brief.", "model": model, **options})


@check_each(MODELS)
async def tools(model):
    result = await agents.Runner.run(agent(model, tools=[weather]), QUESTION)
    assert "sunny in" in result.final_output


@check_each(MODELS)
async def streamed_tools(model):
    result = agents.Runner.run_streamed(agent(model, tools=[weather]), QUESTION)
    told = {event.type async for event in result.stream_events()}
    assert "raw_response_event" in told
    assert "sunny in" in result.final_output


@check_each(MODELS)
async def output(model):
    result = await agents.Runner.run(agent(model, output_type=Person), GREETING)
    assert isinstance(result.final_output, Person)


@check_each(MODELS)
async def tools_and_output(model):
    result = await agents.Runner.run(agent(model, tools=[weather], output_type=Person), QUESTION)
    assert isinstance(result.final_output, Person)
    assert "tool_call_output_item" in {item.type for item in result.new_items}


@check_each(MODELS)
async def handoff(model):
    other = agent(model, name="Painter", handoff_description="Paints")
    result = await agents.Runner.run(agent(model, handoffs=[other]), "Transfer this to the painter")
    assert result.last_agent.name == "Painter"
