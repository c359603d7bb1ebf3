"""What the doctor says of Akash Chat, in each of its troubles."""

import asyncio
from pathlib import Path

import pytest

from akashchat.simulator import Simulator
from tests.doctor.support import found, verdicts
from tests.support.clock import FakeClock

AKASH = ("name", "tls", "bot check", "session", "quota", "models", "chat", "image", "drift")


async def test_all_is_well(akash: Simulator) -> None:
    """Every check is told; a picture is not drawn unasked."""
    lines = await found(akash.url)
    said = verdicts(lines)
    assert [name for name in said if name.startswith("akash ")] == [f"akash {name}" for name in AKASH]
    assert (said.pop("akash image"), said.pop("gateway names")) == ("skipped", "skipped")
    assert set(said.values()) == {"ok"}
    assert ": DeepSeek-V3.2, Qwen/Qwen3-30B-A3B, " in lines["akash models"].seen
    assert not any(line.remedy for line in lines.values())


async def test_akash_is_asked_as_little_as_can_be(akash: Simulator) -> None:
    """One session, one question for the quota, one list, one chat, one glance at the time."""
    await found(akash.url)
    assert [one.path for one in akash.requests] == [
        "/api/auth/session/",
        "/api/rate-limit/status/",
        "/api/models/",
        "/api/chat/",
        "/",
    ]


async def test_a_picture_is_drawn_where_it_is_wanted() -> None:
    """And fetched, as a caller would."""
    async with Simulator(image_polls=0) as akash:
        line = (await found(akash.url, image=True))["akash image"]
        assert (line.verdict, "image/webp" in line.seen) == ("ok", True)


async def test_the_model_that_aliases_lead_to_is_chatted_with(akash: Simulator) -> None:
    """What callers ask is what is tried."""
    models = {"aliases": {"gpt-4o": "no-such-model", "gpt-4o-mini": "Qwen/Qwen3-30B-A3B"}}
    lines = await found(akash.url, models=models)
    assert lines["akash chat"].seen.startswith("Qwen/Qwen3-30B-A3B said “Hello!")


async def test_a_bot_check_is_named_and_nothing_more_is_asked(akash: Simulator) -> None:
    """What could help is said; what would be refused too is not tried."""
    akash.play("bot_check", times=None)
    lines = await found(akash.url)
    said = verdicts(lines)
    assert said["akash bot check"] == "failed"
    assert "AKASHCHAT_AKASH_COOKIE" in lines["akash bot check"].remedy
    assert {said[f"akash {name}"] for name in ("session", "quota", "models", "chat", "image")} == {"skipped"}
    assert lines["akash session"].seen == "needs: bot check"
    assert [one.path for one in akash.requests] == ["/api/auth/session/", "/"]


async def test_a_session_that_cannot_be_had(akash: Simulator) -> None:
    """Is no bot check, and models and answers wait for it."""
    akash.play("session_500", times=None)
    said = verdicts(await found(akash.url))
    assert (said["akash bot check"], said["akash session"]) == ("skipped", "failed")
    assert (said["akash quota"], said["akash models"], said["akash chat"]) == ("ok", "skipped", "skipped")


async def test_a_session_that_does_not_come_is_waited_for_once(akash: Simulator, clock: FakeClock) -> None:
    """And not for long."""
    akash.play("stall_session", times=None)
    looking = asyncio.create_task(found(akash.url, clock))
    await akash.stalled()
    await clock.advance(20)
    lines = await looking
    assert lines["akash session"].seen == "Akash gave no session within 20 seconds"
    assert [one.path for one in akash.requests][:2] == ["/api/auth/session/", "/api/rate-limit/status/"]


async def test_an_answer_that_stalls_is_given_up(akash: Simulator, clock: FakeClock) -> None:
    """After a minute and a half, whatever time callers would have."""
    akash.play("stall_first_byte")
    looking = asyncio.create_task(found(akash.url, clock))
    await akash.stalled()
    await clock.advance(90)
    line = (await looking)["akash chat"]
    assert (line.verdict, line.seen) == ("failed", "nothing came of it within 90 seconds")


async def test_a_page_in_place_of_a_session(akash: Simulator) -> None:
    """As a captive portal shows one, is told as such."""
    akash.play("html_200", times=None, at="session")
    lines = await found(akash.url)
    assert verdicts(lines)["akash bot check"] == "skipped"
    assert "web page" in lines["akash session"].seen


async def test_a_session_that_is_refused(akash: Simulator) -> None:
    """Is told where it is used, after it was renewed once."""
    akash.play("session_rejected", times=None)
    lines = await found(akash.url)
    assert verdicts(lines)["akash session"] == "ok"
    assert lines["akash models"].verdict == "failed"
    assert "session" in lines["akash models"].seen
    assert "AKASHCHAT_AKASH_COOKIE" in lines["akash models"].remedy
    assert sum(one.path == "/api/auth/session/" for one in akash.requests) == 2


async def test_a_private_deployment_without_its_token() -> None:
    """The setting that is missing is named."""
    async with Simulator(access_token="sesame") as akash:
        lines = await found(akash.url)
        assert "AKASHCHAT_AKASH_ACCESS_TOKEN" in lines["akash session"].seen
        assert lines["akash session"].verdict == "failed"
        lines = await found(akash.url, akash={"access_token": "sesame"})
        assert lines["akash session"].verdict == "ok"


async def test_an_own_session_is_not_asked_for(akash: Simulator) -> None:
    """The operator's cookie carries it, and is not shown."""
    token = akash.issue_session()
    lines = await found(akash.url, akash={"cookie": f"session_token={token}"})
    assert lines["akash session"].seen == "the one in AKASHCHAT_AKASH_COOKIE"
    assert lines["akash chat"].verdict == "ok"
    assert not any(one.path == "/api/auth/session/" for one in akash.requests)
    assert not any(token in line.seen for line in lines.values())


async def test_a_spent_quota_is_told_and_nothing_is_asked_of_a_model() -> None:
    """With the time at which it starts anew."""
    async with Simulator(quota_tokens=1000) as akash:
        akash.spend(1000)
        lines = await found(akash.url)
        assert lines["akash quota"].verdict == "failed"
        assert "starts anew at 20" in lines["akash quota"].seen
        assert lines["akash chat"].seen == "needs: quota"
        assert akash.chats == []


async def test_a_quota_that_is_nearly_spent_is_a_warning() -> None:
    """It works, and not for long."""
    async with Simulator(quota_tokens=1000) as akash:
        akash.spend(950)
        lines = await found(akash.url)
        assert (lines["akash quota"].verdict, lines["akash quota"].seen[:7]) == ("warning", "5% left")
        assert lines["akash chat"].verdict == "ok"


@pytest.mark.parametrize("scenario", ["models_500", "models_empty"])
async def test_models_that_are_away(akash: Simulator, scenario: str) -> None:
    """Nothing is left to chat with."""
    akash.play(scenario, times=None)
    said = verdicts(await found(akash.url))
    assert (said["akash models"], said["akash chat"]) == ("failed", "skipped")


@pytest.mark.parametrize(
    "scenario", ["html_200", "only_error", "cut", "unavailable_503", "drop_before_headers"]
)
async def test_a_chat_that_fails_says_how(akash: Simulator, scenario: str) -> None:
    """In one line, with what to do."""
    akash.play(scenario, times=None)
    lines = await found(akash.url)
    assert lines["akash chat"].verdict == "failed"
    assert lines["akash chat"].seen
    assert lines["akash chat"].remedy
    assert len(akash.chats) <= 2


async def test_replies_of_a_new_form_are_a_warning(akash: Simulator, tmp_path: Path) -> None:
    """Told by kind, and kept by nobody but a gateway."""
    akash.play("unknown_code")
    lines = await found(akash.url, storage={"path": str(tmp_path / "akashchat.db")})
    assert (lines["akash chat"].verdict, lines["akash drift"].verdict) == ("ok", "warning")
    assert "replay" in lines["akash drift"].remedy
    assert not (tmp_path / "captures").exists()


async def test_a_model_that_says_nothing(akash: Simulator) -> None:
    """Is told, for it may be that model alone."""
    akash.play("empty")
    assert (await found(akash.url))["akash chat"].verdict == "warning"


async def test_akash_switched_off_is_not_looked_at(akash: Simulator) -> None:
    """And that nobody is asked is a failure of the settings."""
    lines = await found(akash.url, akash={"enabled": False})
    assert [name for name in lines if name.startswith("akash")] == []
    assert lines["gateway settings"].verdict == "failed"
    assert akash.requests == []
