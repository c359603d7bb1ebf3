"""Time and chance, as things one is given."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.clock import Silence, SystemChance, SystemClock, moment
from tests.support.clock import FakeClock


@given(st.lists(st.integers(1, 40), max_size=20))
async def test_silence_is_noticed_exactly_when_it_has_lasted(gaps: list[int]) -> None:
    """Each silence of ten seconds calls once, and once more for each ten that follow; less calls never."""
    clock = FakeClock()
    calls: list[float] = []
    silence = Silence(clock, 10, lambda: calls.append(clock.monotonic()))
    expected: list[float] = []
    for gap in gaps:
        heard = clock.monotonic()
        await clock.advance(gap)
        expected += [heard + 10 * i for i in range(1, gap // 10 + 1)]
        silence.heard()
    assert calls == expected
    silence.close()
    await clock.advance(100)
    assert calls == expected
    assert clock.waiting == 0


@given(st.lists(st.floats(0.001, 40), max_size=20))
async def test_silence_is_not_fooled_by_fractions(gaps: list[float]) -> None:
    """Moments that no float can name exactly neither keep the timer busy nor let a silence pass unnoticed."""
    clock = FakeClock()
    calls = [clock.monotonic()]
    silence = Silence(clock, 10, lambda: calls.append(clock.monotonic()))
    for gap in gaps:
        await clock.advance(gap)
        silence.heard()
    before = len(calls)
    await clock.advance(35)
    assert len(calls) == before + 3
    assert all(later - earlier > 9.99 for earlier, later in pairwise(calls))
    silence.close()


async def test_hearing_sets_no_timer() -> None:
    """However much is heard, there is one timer: that is what makes it cheap."""
    clock = FakeClock()
    silence = Silence(clock, 10, lambda: None)
    for _ in range(100):
        silence.heard()
        await clock.advance(1)
    assert clock.waiting == 1
    silence.close()


async def test_the_system_s_clock_is_the_loop_s() -> None:
    """It sleeps, calls later and times out."""
    clock = SystemClock()
    called = asyncio.Event()
    clock.call_later(0, called.set)
    await called.wait()
    await clock.sleep(0)
    before = clock.monotonic()
    with pytest.raises(TimeoutError):
        async with clock.timeout(0):
            await asyncio.Event().wait()
    assert clock.monotonic() >= before
    assert clock.now() > 1_700_000_000


def test_the_system_s_chance_is_chance() -> None:
    """Ids have the size asked for and do not repeat; jitter stays in its bounds."""
    chance = SystemChance()
    assert len(chance.token(12)) == 24
    assert chance.token(12) != chance.token(12)
    assert 0.9 <= chance.uniform(0.9, 1.1) <= 1.1


class TestMoments:
    """Texts that name a moment."""

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("1800000000", 1_800_000_000.0),
            ("1800000000.5", 1_800_000_000.5),
            ("2027-01-15", 1_799_971_200.0),
            ("2027-01-15T08:00:00Z", 1_800_000_000.0),
            ("2027-01-15T10:00+02:00", 1_800_000_000.0),
            ("90m", 1_799_994_600.0),
            ("24h", 1_799_913_600.0),
            ("2w", 1_798_790_400.0),
        ],
    )
    def test_they_are_read(self, text: str, seconds: float) -> None:
        """Dates and times, UTC's unless they say otherwise; seconds; how long ago."""
        assert moment(text, 1_800_000_000.0) == seconds

    @pytest.mark.parametrize("text", ["", "soon", "7y", "-1", "nan", "1e30", "1900-01-01", "2027-13-01"])
    def test_what_names_none_is_refused(self, text: str) -> None:
        """Rather than taken for some moment."""
        with pytest.raises(ValueError, match=r"."):
            moment(text, 1_800_000_000.0)
