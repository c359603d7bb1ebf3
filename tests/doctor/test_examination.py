"""One check after the other, whatever becomes of each."""

import asyncio
from collections.abc import Awaitable, Callable

from akashchat.doctor.base import Check, Finding, Line, failed, ok, skipped
from akashchat.doctor.examination import examined
from akashchat.doctor.secrets import Secrets
from akashchat.errors import KeyRejected
from akashchat.settings import Settings
from tests.support.clock import FakeClock

SETTINGS = Settings(
    _env_file=None,  # type: ignore[call-arg]
    BEARER_TOKEN="bearer-of-news",
    akash={"cookie": "cf_clearance=clear-as-day; theme=dark"},
    upstreams={"mine": {"base_url": "http://localhost", "key": "sk-mine-alone"}},
)


def check(
    name: str, look: Callable[[], Awaitable[Finding]] | Finding, *needs: str, of: str = "mine"
) -> Check:
    """A check that finds this, or looks for it."""

    async def finds() -> Finding:
        return look if isinstance(look, Finding) else await look()

    return Check(subject=of, name=name, look=finds, needs=needs, limit_s=5)


async def lines(clock: FakeClock, *checks: Check) -> list[Line]:
    """What comes of them."""
    return [line async for line in examined(checks, Secrets(SETTINGS), clock)]


async def told(clock: FakeClock, *checks: Check) -> list[tuple[str, str]]:
    """The verdicts, and what was seen."""
    return [(line.verdict.value, line.seen) for line in await lines(clock, *checks)]


async def test_what_needs_what_failed_is_skipped(clock: FakeClock) -> None:
    """And what needs that in turn; others are not."""
    assert await told(
        clock,
        check("a", failed("broken", "mend it")),
        check("b", ok("fine"), "a"),
        check("c", ok("fine"), "b"),
        check("d", ok("fine")),
        check("b", ok("fine"), "a", of="yours"),
    ) == [
        ("failed", "broken"),
        ("skipped", "needs: a"),
        ("skipped", "needs: b"),
        ("ok", "fine"),
        ("ok", "fine"),
    ]


async def test_what_was_left_out_on_purpose_is_in_nobodys_way(clock: FakeClock) -> None:
    """A proxy looks names up; connections are tried all the same."""
    assert await told(clock, check("a", skipped("by choice")), check("b", ok("fine"), "a")) == [
        ("skipped", "by choice"),
        ("ok", "fine"),
    ]


async def test_a_check_has_only_so_much_time(clock: FakeClock) -> None:
    """One that hangs is told, and the next begins."""
    looking = asyncio.create_task(told(clock, check("a", asyncio.Event().wait), check("b", ok("fine"))))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await clock.advance(5)
    assert await looking == [("failed", "nothing came of it within 5 seconds"), ("ok", "fine")]


async def test_an_error_is_told_with_its_remedy(clock: FakeClock) -> None:
    """As the reference of errors has it."""

    async def look() -> Finding:
        raise KeyRejected("it does not take the key")

    (line,) = await lines(clock, check("a", look))
    assert (line.verdict, line.seen) == ("failed", "it does not take the key")
    assert "key" in line.remedy


async def test_a_check_that_is_itself_at_fault_keeps_no_other_from_being_made(clock: FakeClock) -> None:
    """It is told as what it is."""

    async def look() -> Finding:
        raise ZeroDivisionError("one by none")

    assert await told(clock, check("a", look), check("b", ok("fine"))) == [
        ("failed", "this check itself failed: ZeroDivisionError: one by none"),
        ("ok", "fine"),
    ]


async def test_no_secret_is_shown(clock: FakeClock) -> None:
    """Not whole, not in parts, and nothing that would steer a terminal."""
    seen = "keys bearer-of-news, sk-mine-alone; cookies clear-as-day\n\x1b[2J dark"
    assert await told(clock, check("a", ok(seen))) == [("ok", "keys …, …; cookies … [2J dark")]
