"""One request on behalf of many: one is sent, all get what comes of it."""

import asyncio

import pytest

from akashchat.errors import UpstreamError
from akashchat.upstreams.shared import Backoff, Shared
from tests.support.clock import FakeClock


class Question:
    """Counts how often it was asked, and is answered when the test says."""

    def __init__(self) -> None:
        self.asked = 0
        self.given_up = 0
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask(self) -> str:
        """One flight."""
        self.asked += 1
        try:
            return await asyncio.shield(self._answer)
        except asyncio.CancelledError:
            self.given_up += 1
            raise

    def answer(self, answer: str | Exception) -> None:
        """To all flights that wait; the next ones wait for the next answer."""
        if isinstance(answer, str):
            self._answer.set_result(answer)
        else:
            self._answer.set_exception(answer)
        self._answer = asyncio.get_running_loop().create_future()


def asking(shared: Shared[str], callers: int) -> list[asyncio.Task[str]]:
    """So many callers at once."""
    return [asyncio.create_task(shared.get()) for _ in range(callers)]


async def settled() -> None:
    """Let everything that can run now run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_many_callers_ask_once() -> None:
    """Whoever comes while the answer is under way waits for that."""
    question = Question()
    shared = Shared(question.ask)
    assert not shared.busy
    callers = asking(shared, 50)
    await settled()
    callers += asking(shared, 50)
    await settled()
    assert (question.asked, shared.busy) == (1, True)
    question.answer("yes")
    assert await asyncio.gather(*callers) == ["yes"] * 100
    assert (question.asked, shared.busy) == (1, False)


async def test_an_answer_is_not_kept() -> None:
    """Whoever comes afterwards asks again."""
    question = Question()
    shared = Shared(question.ask)
    for number in range(1, 4):
        callers = asking(shared, 2)
        await settled()
        question.answer(f"answer {number}")
        assert await asyncio.gather(*callers) == [f"answer {number}"] * 2
        assert question.asked == number


async def test_a_failure_fails_everyone() -> None:
    """And only those: whoever comes afterwards asks again."""
    question = Question()
    shared = Shared(question.ask)
    callers = asking(shared, 5)
    await settled()
    failure = UpstreamError("no")
    question.answer(failure)
    assert await asyncio.gather(*callers, return_exceptions=True) == [failure] * 5
    (again,) = asking(shared, 1)
    await settled()
    question.answer("yes")
    assert (await again, question.asked) == ("yes", 2)


async def test_who_asks_in_the_same_moment_as_the_answer_comes_asks_anew() -> None:
    """His answer is not older than his question, and the first ones' is not mixed up with it."""
    question = Question()
    shared = Shared(question.ask)
    first = asking(shared, 3)
    await settled()
    question.answer("old")
    while shared.busy:  # noqa: ASYNC110  it is over before its callers have noticed
        await asyncio.sleep(0)
    second = asking(shared, 3)
    await settled()
    second[0].cancel()
    await settled()
    assert question.given_up == 0
    question.answer("new")
    assert await asyncio.gather(*first) == ["old"] * 3
    assert await asyncio.gather(*second[1:]) == ["new"] * 2
    assert question.asked == 2


@pytest.mark.parametrize("turns", range(4))
async def test_old_and_new_callers_are_not_counted_together(turns: int) -> None:
    """When all who wait for the new answer have left it is given up, whoever still holds the old one."""
    question = Question()
    shared = Shared(question.ask)
    first = asking(shared, 3)
    await settled()
    question.answer("old")
    for _ in range(turns):
        await asyncio.sleep(0)
    second = asking(shared, 2)
    await settled()
    staying = question.asked == 1  # they came before the answer, and have got it
    for caller in second:
        caller.cancel()
    await settled()
    assert (question.given_up, shared.busy) == (0 if staying else 1, False)
    assert await asyncio.gather(*first) == ["old"] * 3


async def test_a_caller_that_leaves_disturbs_nobody() -> None:
    """Also the one who came first, whose question it was."""
    question = Question()
    shared = Shared(question.ask)
    callers = asking(shared, 5)
    await settled()
    for leaving in (callers[0], callers[3]):
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
    assert (question.given_up, shared.busy) == (0, True)
    question.answer("yes")
    assert await asyncio.gather(callers[1], callers[2], callers[4]) == ["yes"] * 3


async def test_when_all_have_left_the_request_is_given_up() -> None:
    """Nobody waits for it; the next caller asks anew, even while the old one is being given up."""
    question = Question()
    shared = Shared(question.ask)
    for round_ in range(1, 4):
        callers = asking(shared, 3)
        await settled()
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        assert not shared.busy
        await settled()
        assert (question.asked, question.given_up) == (round_, round_)
    (again,) = asking(shared, 1)
    await settled()
    question.answer("yes")
    assert await again == "yes"


async def test_a_caller_that_comes_as_the_last_one_leaves_gets_an_answer() -> None:
    """He is not given up together with the one who left."""
    question = Question()
    shared = Shared(question.ask)
    (leaving,) = asking(shared, 1)
    await settled()
    leaving.cancel()
    (staying,) = asking(shared, 1)
    await settled()
    question.answer("yes")
    assert await staying == "yes"
    assert leaving.cancelled()


async def test_a_caller_with_little_time_leaves_in_time() -> None:
    """The others go on waiting."""
    question = Question()
    shared = Shared(question.ask)
    (staying,) = asking(shared, 1)
    await settled()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await shared.get()
    question.answer("yes")
    assert await staying == "yes"


async def test_a_question_that_cannot_be_asked_fails_its_caller() -> None:
    """What is raised at once is raised all the same."""

    async def ask() -> str:
        raise UpstreamError("not even asked")

    shared = Shared(ask)
    for _ in range(2):
        with pytest.raises(UpstreamError, match="not even asked"):
            await shared.get()


async def test_each_caller_has_a_failure_of_his_own() -> None:
    """What one of them adds to it, the others do not see."""
    question = Question()
    shared = Shared(question.ask)
    callers = asking(shared, 2)
    await settled()
    question.answer(UpstreamError("no"))
    one, other = await asyncio.gather(*callers, return_exceptions=True)
    assert one == other
    assert one is not other


async def test_nobody_need_wait() -> None:
    """What is asked behind everyone is asked once, and a failure is nobody's."""
    question = Question()
    shared = Shared(question.ask)
    for _ in range(2):
        shared.ask_behind()
        shared.ask_behind()
        await settled()
        question.answer(UpstreamError("no"))
        await settled()
    assert (question.asked, shared.busy) == (2, False)


async def test_what_nobody_waits_for_is_given_up_at_the_end() -> None:
    """But not what somebody waits for."""
    question = Question()
    shared = Shared(question.ask)
    await shared.close()
    shared.ask_behind()
    (caller,) = asking(shared, 1)
    await settled()
    await shared.close()
    assert (question.given_up, shared.busy) == (0, True)
    question.answer("yes")
    assert await caller == "yes"
    shared.ask_behind()
    await settled()
    await shared.close()
    await settled()
    assert (question.given_up, shared.busy) == (1, False)


async def test_who_fails_once_is_asked_again_at_once(clock: FakeClock) -> None:
    """Once is no pattern."""
    backoff = Backoff(clock)
    backoff.check()
    backoff.failed(UpstreamError("no"))
    backoff.check()


async def test_who_keeps_failing_is_asked_less_and_less(clock: FakeClock) -> None:
    """Meanwhile the last failure is told, up to half a minute; one success and all is well."""
    backoff = Backoff(clock)
    for _ in range(2):
        backoff.failed(UpstreamError("no 0"))
        for number, pause_s in enumerate([1, 2, 4, 8, 16, 30, 30, 30], 1):
            backoff.check()
            backoff.failed(UpstreamError(f"no {number}"))
            for _ in range(2):
                with pytest.raises(UpstreamError, match=f"no {number}"):
                    backoff.check()
                await clock.advance(pause_s / 2 - 0.01)
            await clock.advance(0.02)
        backoff.check()
        backoff.succeeded()
        backoff.check()
