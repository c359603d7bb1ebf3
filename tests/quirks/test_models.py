"""Quirks of the model list, and of the services beside the web app."""

import pytest

from akashchat.errors import RateLimited, UpstreamTimeout, UpstreamUnavailable
from akashchat.simulator import Simulator
from akashchat.upstreams.akash.failures import explained
from akashchat.upstreams.akash.reply import Refusal
from tests.quirks.asking import ask, asked_for, code, error
from tests.support.clock import FakeClock
from tests.support.gateway import running
from tests.support.http import call


async def test_quirk_31_an_unknown_model_is_not_found(akash: Simulator, clock: FakeClock) -> None:
    """In both versions, with a list of those there are; the list is kept, and a stale one is better than none."""
    async with running(akash.url, clock) as gateway:
        unknown = await ask(gateway, model="no-such-model")
        assert code(unknown) == (404, "model_not_found")
        assert error(unknown)["param"] == "model"
        assert "Qwen/Qwen3-30B-A3B" in error(unknown)["message"]
        assert akash.chats == []
        akash.play("error_model")
        assert code(await ask(gateway)) == (404, "model_not_found")
        assert asked_for(akash, "/api/models/") == 1
        await clock.advance(601)
        akash.play("models_500", times=None)
        listed = await call("GET", f"{gateway}/v1/models")
        assert listed.status == 200
        assert listed.headers["x-akashchat-stale"] == "true"
        assert (await ask(gateway)).status == 200


async def test_quirk_32_the_list_comes_in_several_shapes(akash: Simulator, gateway: str) -> None:
    """Camel case or snake case, numbers or text: one list comes of it, ids with slashes are found by them."""
    rows = (await call("GET", f"{gateway}/v1/models")).json()["data"]
    models = {row["id"]: row for row in rows}
    assert "Kimi-K2-Instruct" not in models
    assert "DeepSeek-V3.1" not in models
    llama = models["Meta-Llama-3-3-70B-Instruct"]
    assert (llama["temperature"], llama["top_p"], llama["context_length"]) == (0.6, 0.9, 128_000)
    one = await call("GET", f"{gateway}/v1/models/Qwen/Qwen3-30B-A3B")
    assert one.json() == models["Qwen/Qwen3-30B-A3B"]


@pytest.mark.parametrize("scenario", ["models_object", "models_static"])
async def test_quirk_32b_the_list_may_be_wrapped_or_bare(
    akash: Simulator, gateway: str, scenario: str
) -> None:
    """Rows in an object, rows that lack a limit or a word on availability: all are on offer."""
    akash.play(scenario)
    rows = (await call("GET", f"{gateway}/v1/models")).json()["data"]
    assert {"AkashGen", "DeepSeek-V3.2"} <= {row["id"] for row in rows}
    assert all(row["available"] for row in rows if row["id"] == "AkashGen")
    assert (await ask(gateway)).status == 200


@pytest.mark.parametrize(
    ("status", "kind"), [(504, UpstreamTimeout), (529, UpstreamUnavailable), (429, RateLimited)]
)
def test_quirk_40_what_akash_s_paid_service_would_say_is_understood_here_too(status: int, kind: type) -> None:
    """AkashML is no upstream yet.  Its statuses for want of a backend may be tried again, as they may here."""
    error = Refusal(status, "application/json", {}, b'{"error":{"message":"no healthy backend"}}').error(0.0)
    assert isinstance(error, kind)
    assert error.retryable


async def test_quirk_40b_an_empty_account_is_not_asked_again(akash: Simulator, gateway: str) -> None:
    """Where Akash's own account there is empty, the caller is told so, and Akash is asked once."""
    akash.play("error_credits", times=None)
    assert code(await ask(gateway)) == (503, "upstream_unavailable")
    assert len(akash.chats) == 1
    assert "out of credits" in explained("Insufficient credits to complete this request").message
