"""LlamaIndex, by its package for whatever speaks as OpenAI does."""

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

from clients.checks import GREETING, MODEL, QUESTION, URL, check, get_weather

weather = FunctionTool.from_defaults(get_weather)
model = OpenAILike(
    model=MODEL, api_base=URL, api_key="any", is_chat_model=True, is_function_calling_model=True
)


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@check
def chat():
    assert model.chat([ChatMessage(role="user", content=GREETING)]).message.content


@check
def stream():
    parts = model.stream_chat([ChatMessage(role="user", content=GREETING)])
    assert "".join(part.delta or "" for part in parts)


@check
def completion():
    assert OpenAILike(model=MODEL, api_base=URL, api_key="any", is_chat_model=False).complete(GREETING).text


@check
def tools():
    reply = model.chat_with_tools([weather], user_msg=QUESTION)
    assert model.get_tool_calls_from_response(reply)


@check
def output():
    assert isinstance(model.as_structured_llm(Person).complete(GREETING).raw, Person)


@check
async def agent():
    assert "sunny in" in str(await FunctionAgent(tools=[weather], llm=model).run(QUESTION))
