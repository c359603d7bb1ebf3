"""LangChain for Python, by its packages for OpenAI (chats, responses), Anthropic and Ollama."""

from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_ollama import ChatOllama
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from clients.checks import CLAUDE, GATEWAY, GREETING, MODEL, QUESTION, check_each, get_weather

weather = tool(get_weather)


class Person(BaseModel):
    """A person."""

    name: str
    age: int


MODELS = {
    "OpenAI chats": lambda: ChatOpenAI(model=MODEL, stream_usage=True),
    "OpenAI responses": lambda: ChatOpenAI(model=MODEL, use_responses_api=True),
    "Anthropic": lambda: ChatAnthropic(model=CLAUDE),
    "Ollama": lambda: ChatOllama(model="DeepSeek-V3.2", base_url=GATEWAY),
}
FORCING = {name: make for name, make in MODELS.items() if name != "Ollama"}
"""Those that send a choice of tools; Ollama's protocol has none."""


@check_each(MODELS)
def stream(model):
    whole = None
    for part in model.stream(GREETING):
        whole = part if whole is None else whole + part
    assert whole.text
    assert whole.usage_metadata["output_tokens"]


@check_each(MODELS)
def tools(model):
    bound = model.bind_tools([weather])
    messages = [HumanMessage(QUESTION)]
    first = bound.invoke(messages)
    messages += [first, *(weather.invoke(call) for call in first.tool_calls)]
    assert "sunny in" in bound.invoke(messages).text


@check_each(MODELS)
def streamed_tools(model):
    whole = None
    for part in model.bind_tools([weather]).stream(QUESTION):
        whole = part if whole is None else whole + part
    assert whole.tool_calls[0]["args"]["city"]


@check_each(FORCING)
def tool_choice(model):
    assert model.bind_tools([weather], tool_choice="any").invoke("1 + 1").tool_calls


@check_each(FORCING)
def output_by_function(model):
    wanted = model.with_structured_output(Person, method="function_calling")
    assert isinstance(wanted.invoke(GREETING), Person)


@check_each(MODELS)
def output_by_schema(model):
    wanted = model.with_structured_output(Person, method="json_schema")
    assert isinstance(wanted.invoke(GREETING), Person)


@check_each(MODELS)
def agent(model):
    said = create_agent(model, [weather]).invoke({"messages": [("user", QUESTION)]})["messages"]
    assert "sunny in" in said[-1].text


@check_each(FORCING)
def agent_with_output(model):
    made = create_agent(model, [weather], response_format=Person)
    assert isinstance(made.invoke({"messages": [("user", QUESTION)]})["structured_response"], Person)
