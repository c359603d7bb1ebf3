"""The log: one line an answer, gathered for a moment, without secrets."""

import json
from typing import Any, Literal

import msgspec
import pytest

from akashchat.errors import GatewayError, UpstreamError
from akashchat.model.events import FinishReason, Usage
from akashchat.telemetry.base import Outcome
from akashchat.telemetry.logs import LogObserver
from tests.support.clock import FakeClock


def outcome(finish_reason: FinishReason | None = None, error: GatewayError | None = None) -> Outcome:
    """An answer that ended so; neither is a caller who left."""
    return Outcome(
        request_id="req_1",
        dialect="chat",
        caller="anyone",
        user="",
        model="DeepSeek-V3.2",
        upstream="akash",
        stream=True,
        duration_s=1.2345,
        first_event_s=0.5,
        usage=Usage(17, 10, estimated=True) if finish_reason else None,
        finish_reason=finish_reason,
        error=error,
    )


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What has been written since."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


async def test_an_answer_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With when, who, what and how it ended."""
    clock = FakeClock()
    log = LogObserver(clock, "info", "json")
    log.observe(outcome(FinishReason.STOP))
    await clock.advance(1)
    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "event": "answered",
        "request_id": "req_1",
        "dialect": "chat",
        "caller": "anyone",
        "model": "DeepSeek-V3.2",
        "upstream": "akash",
        "stream": True,
        "duration_ms": 1234.5,
        "first_event_ms": 500.0,
        "input_tokens": 17,
        "output_tokens": 10,
        "estimated": True,
        "finish_reason": "stop",
    }


async def test_every_end_has_its_word(capsys: pytest.CaptureFixture[str]) -> None:
    """Answered, failed, or left; a failure is a warning and says why."""
    log = LogObserver(FakeClock(), "info", "json")
    for ended in (outcome(FinishReason.LENGTH), outcome(error=UpstreamError("no luck")), outcome()):
        log.observe(ended)
    log.flush()
    answered, failed, left = lines(capsys)
    assert (answered["event"], answered["finish_reason"]) == ("answered", "length")
    assert (failed["event"], failed["level"], failed["message"]) == ("failed", "warning", "no luck")
    assert failed["error"] == UpstreamError("").code
    assert (left["event"], left["level"]) == ("caller left", "info")


async def test_lines_wait_for_one_another_a_moment(capsys: pytest.CaptureFixture[str]) -> None:
    """And no longer; many do not wait at all."""
    clock = FakeClock()
    log = LogObserver(clock, "info", "json")
    log.observe(outcome())
    log.observe(outcome())
    assert lines(capsys) == []
    await clock.advance(0.2)
    assert len(lines(capsys)) == 2
    for _ in range(250):
        log.observe(outcome())
    assert len(lines(capsys)) == 200
    await clock.advance(0.2)
    assert len(lines(capsys)) == 50


async def test_once_closed_it_waits_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """What ends when the gateway does is written as well."""
    log = LogObserver(FakeClock(), "info", "json")
    log.observe(outcome())
    log.close()
    assert len(lines(capsys)) == 1
    log.observe(outcome())
    assert len(lines(capsys)) == 1


@pytest.mark.parametrize("form", ["json", "console"])
async def test_no_name_can_silence_the_log(
    form: Literal["json", "console"], capsys: pytest.CaptureFixture[str]
) -> None:
    """Half an emoji, a line break or a control character stays in its line, and the next one is written."""
    log = LogObserver(FakeClock(), "info", form)
    for model in ("half \ud83d", "two\nlines", "\x00\x1b[2J"):
        log.observe(msgspec.structs.replace(outcome(), model=model))
    log.observe(outcome())
    log.flush()
    written = capsys.readouterr().err.encode("utf-8", "backslashreplace").decode().splitlines()
    assert len(written) == 4
    assert not any("\x1b[2J" in line for line in written)


@pytest.mark.parametrize(("level", "events"), [("warning", ["failed"]), ("error", [])])
async def test_the_level_is_obeyed(level: str, events: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What is below it is not written."""
    log = LogObserver(FakeClock(), level, "json")
    log.observe(outcome(FinishReason.STOP))
    log.observe(outcome(error=UpstreamError("no luck")))
    log.flush()
    assert [line["event"] for line in lines(capsys)] == events


async def test_a_person_reads_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    """The console's form is one line as well."""
    log = LogObserver(FakeClock(), "info", "console")
    log.observe(outcome(FinishReason.STOP))
    log.flush()
    (line,) = capsys.readouterr().err.splitlines()
    assert "answered" in line
    assert "model=DeepSeek-V3.2" in line
