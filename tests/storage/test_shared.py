"""A PostgreSQL behind the gateway: what one keeps the others find, and without it they answer all the same."""

from collections.abc import Iterator

import pytest
from openai import AsyncOpenAI

from akashchat.settings import BadSettings, load
from akashchat.simulator import Simulator
from tests.support.gateway import running
from tests.support.http import call
from tests.support.postgres import Postgres

MODEL = "DeepSeek-V3.2"


@pytest.fixture
def own() -> Iterator[Postgres]:
    """A server that may be stopped."""
    server = Postgres()
    yield server
    server.close()


def client(gateway: str) -> AsyncOpenAI:
    """The official client."""
    return AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none", max_retries=0)


async def test_a_response_of_one_is_gone_on_from_at_another(akash: Simulator, empty_postgres: str) -> None:
    """Both have the same database; that it was written is known when the first has ended."""
    database = {"url": empty_postgres}
    async with running(akash.url, database=database) as gateway, client(gateway) as first:
        akash.say("Blue.")
        said = await first.responses.create(model=MODEL, input="What colour is the sky?")
        assert (await call("GET", f"{gateway}/health/ready")).json()["storage"] == "postgresql"
    async with running(akash.url, database=database) as gateway, client(gateway) as second:
        await second.responses.create(model=MODEL, input="And grass?", previous_response_id=said.id)
        assert (await second.responses.retrieve(said.id)).output_text == "Blue."
    assert "Blue." in str(akash.chats[-1])


async def test_an_outage_prevents_no_answer(akash: Simulator, own: Postgres) -> None:
    """Neither one before the start nor one later; it is told by ``/health/ready``."""
    own.stop()
    async with running(akash.url, database={"url": own.url()}) as gateway, client(gateway) as asking:
        for step in (lambda: None, own.start, own.stop):
            step()
            answer = await asking.responses.create(model=MODEL, input="Hello")
            assert (await asking.responses.retrieve(answer.id)).id == answer.id
        ready = await call("GET", f"{gateway}/health/ready")
    assert (ready.status, ready.json()["storage"]) == (200, "postgresql, which does not answer")


@pytest.mark.parametrize("url", ["mysql://host/name", "host/name", "/a/path"])
def test_an_address_that_is_none_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, by the setting's name and without its secret."""
    monkeypatch.setenv("AKASHCHAT_DATABASE_URL", url)
    with pytest.raises(BadSettings, match="AKASHCHAT_DATABASE_URL: must begin with postgresql://") as caught:
        load()
    assert url not in str(caught.value)


def test_what_it_needs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is not installed."""
    monkeypatch.setattr("akashchat.settings.values.find_spec", lambda _: None)
    monkeypatch.setenv("AKASHCHAT_DATABASE_URL", "postgresql://host/name")
    with pytest.raises(BadSettings, match="postgres"):
        load()
