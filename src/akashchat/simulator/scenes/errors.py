"""Errors told in the stream, with status 200.

The call failed before the first event: a lone error line. It failed later: an error among the text, and what
follows then differs. The texts are those recorded from the app itself.
"""

from typing import Final

from akashchat.simulator.refusals import name_unknown_model
from akashchat.simulator.scenario import collect, scenario
from akashchat.simulator.stage import Stage


async def _break_off(stage: Stage) -> None:
    """End as the library does when its source fails: the cause is lost, the usage null."""
    await stage.fail("[object Object]")
    await stage.finish("error")


@scenario("chat", "image")
async def only_error(stage: Stage) -> None:
    """Status 200 and a single error line, nothing else."""
    await stage.fail("Bad request: max_tokens is too large")


@scenario("chat", "image")
async def error_429(stage: Stage) -> None:
    """A lone error line: the model's own rate limit, after the app's three attempts."""
    await stage.fail("Failed after 3 attempts. Last error: Rate limit reached for requests")


@scenario("chat", "image")
async def error_busy(stage: Stage) -> None:
    """A lone error line: too many requests at once for the app's own key."""
    await stage.fail("Failed after 3 attempts. Last error: Rate limit reached: max parallel request limit")


@scenario("chat", "image")
async def error_server(stage: Stage) -> None:
    """A lone error line: the model's server failed three times."""
    await stage.fail("Failed after 3 attempts. Last error: Internal Server Error")


@scenario("chat", "image")
async def error_auth(stage: Stage) -> None:
    """A lone error line: the app's own key is refused."""
    await stage.fail("Authentication Error, Invalid proxy server token passed. key=sk-...key")


@scenario("chat", "image")
async def error_credits(stage: Stage) -> None:
    """A lone error line: the app's own account is empty."""
    await stage.fail("Insufficient credits to complete this request")


@scenario("chat", "image")
async def error_context(stage: Stage) -> None:
    """A lone error line: the model's context is too small."""
    told = "This model's maximum context length is 128000 tokens. However, you requested 130001 tokens."
    await stage.fail(f"litellm.ContextWindowExceededError: {told}")


@scenario("chat", "image")
async def error_model(stage: Stage) -> None:
    """A lone error line: the model's API does not know the name, although the app lists it."""
    await stage.fail("{'error': '" + name_unknown_model(stage.asked.body["model"]) + "'}")


@scenario("chat")
async def error_first(stage: Stage) -> None:
    """The first line, then an error, then both finishing lines with reason `error`."""
    await stage.start()
    await _break_off(stage)


@scenario("chat")
async def error_after_text(stage: Stage) -> None:
    """Some text, then an error whose cause is lost, then both finishing lines with reason `error`."""
    await stage.start()
    await stage.say("Half an ")
    await _break_off(stage)


@scenario("chat")
async def error_then_text(stage: Stage) -> None:
    """An error in the middle of an answer that goes on and ends with `stop`."""
    await stage.start()
    await stage.say("Before. ")
    await stage.fail("[object Object]")
    await stage.say("After.")
    await stage.finish("stop", (17, 9))


@scenario("chat")
async def tool_call(stage: Stage) -> None:
    """The model tried to call a tool; the app offers it none."""
    await stage.start()
    await stage.fail("Model tried to call unavailable tool 'get_weather'. No tools are available.")
    await stage.finish("tool-calls", (17, 9))


SCENES: Final = collect(globals())
