"""What the doctor says of an upstream by key, in each of its troubles."""

from collections.abc import AsyncIterator

import pytest

from akashchat.simulator.keyed import KeyedSimulator
from tests.doctor.support import Found, found, verdicts

KEY = "sk-the-right-one"
ALL = ("name", "tls", "models", "chat")


@pytest.fixture
async def keyed() -> AsyncIterator[KeyedSimulator]:
    """An upstream that wants a key."""
    async with KeyedSimulator(key=KEY) as simulator:
        yield simulator


async def looked_at(keyed: KeyedSimulator, **options: object) -> Found:
    """What is found of it, where it is the only upstream."""
    mine = {"base_url": keyed.base_url, "key": KEY, **options}
    return await found("http://akash.invalid", akash={"enabled": False}, upstreams={"mine": mine})


async def test_all_is_well(keyed: KeyedSimulator) -> None:
    """Every check is told, and the time is had from there."""
    lines = await looked_at(keyed)
    assert [name for name in lines if name.startswith("mine ")] == [f"mine {name}" for name in ALL]
    assert {verdict for name, verdict in verdicts(lines).items() if name != "gateway names"} == {"ok"}
    assert lines["gateway settings"].seen.startswith("upstreams: mine; ")


async def test_it_is_asked_as_little_as_can_be(keyed: KeyedSimulator) -> None:
    """One list, one chat of a few tokens, one glance at the time."""
    await looked_at(keyed)
    assert [one.path for one in keyed.requests] == ["/v1/models", "/v1/chat/completions", "/v1/"]
    (chat,) = keyed.chats
    assert chat.body["max_tokens"] <= 16


async def test_the_model_that_has_a_name_here_is_chatted_with(keyed: KeyedSimulator) -> None:
    """It is the one that callers use."""
    own = (await looked_at(keyed))["mine models"].seen.split(": ")[1].split(", ")[-1]
    lines = await looked_at(keyed, models={"ours": own})
    assert lines["mine chat"].seen.startswith("ours ")


async def test_a_wrong_key_is_named_by_its_setting(keyed: KeyedSimulator) -> None:
    """And is not shown."""
    lines = await looked_at(keyed, key="sk-the-wrong-one")
    assert verdicts(lines)["mine models"] == "failed"
    assert lines["mine models"].remedy == "Check `upstreams.mine.key`."
    assert lines["mine chat"].seen == "needs: models"
    assert not any("the-wrong-one" in line.seen for line in lines.values())


async def test_a_key_that_is_refused_only_for_answers(keyed: KeyedSimulator) -> None:
    """Some upstreams list their models for everybody."""
    keyed.play("key_rejected", times=None)
    lines = await looked_at(keyed)
    assert verdicts(lines)["mine models"] == "ok"
    assert lines["mine chat"].remedy == "Check `upstreams.mine.key`."


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [("out_of_credit", "credit"), ("rate_limited_long", "Wait"), ("error_500", "later"), ("cut", "again")],
)
async def test_a_chat_that_fails_says_how(keyed: KeyedSimulator, fault: str, remedy: str) -> None:
    """In one line, with what to do, and after one question: nobody tries again who only wants to know."""
    keyed.play(fault, times=None)
    line = (await looked_at(keyed))["mine chat"]
    assert (line.verdict, remedy in line.remedy) == ("failed", True)
    assert len(keyed.chats) == 1


async def test_models_that_it_is_not_asked_for(keyed: KeyedSimulator) -> None:
    """With nothing left the option is named."""
    line = (await looked_at(keyed, only=["nothing-of-this-name"]))["mine models"]
    assert (line.verdict, "`only`" in line.remedy) == ("failed", True)


async def test_akashml_is_looked_at_where_it_has_a_key(keyed: KeyedSimulator) -> None:
    """Its settings have names of their own."""
    akashml = {"base_url": keyed.base_url, "key": "akml-wrong"}
    lines = await found("http://akash.invalid", akash={"enabled": False}, akashml=akashml)
    assert lines["akashml models"].remedy == "Check `AKASHCHAT_AKASHML_KEY`."
