"""So many answers at a time, and a fair queue behind them."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import QueueFull, UpstreamError
from akashchat.policies.limited import Limited, Slots
from tests.policies.asking import ANSWER, EVENTS, answered, asked, outcome, settled, under_way
from tests.policies.test_side import SIDE
from tests.support.clock import FakeClock
from tests.support.upstream import Script, Scripted


def limited(clock: FakeClock, slots: int, *scripts: Script, waiting: int = 100) -> tuple[Limited, Scripted]:
    """The policy before an upstream that follows these scripts."""
    scripted = Scripted(*scripts)
    return Limited(scripted, slots, waiting, clock), scripted


def names(scripted: Scripted) -> list[str]:
    """What the upstream was asked, in its order."""
    return [request.messages[-1].text for request in scripted.requests]


async def test_no_more_than_the_bound_are_asked_for_at_a_time(clock: FakeClock) -> None:
    """Who comes later is asked for as soon as one is over, first come, first served."""
    gates = [asyncio.Event() for _ in range(4)]
    upstream, scripted = limited(clock, 2, *([gate, EVENTS] for gate in gates))
    answers = [await under_way(answered(upstream, asked(str(i)))) for i in range(4)]
    assert names(scripted) == ["0", "1"]
    assert upstream.slots.waiting == 2
    gates[1].set()
    await settled()
    assert names(scripted) == ["0", "1", "2"]
    for gate in gates:
        gate.set()
    assert await asyncio.gather(*answers) == [EVENTS] * 4
    assert scripted.running == 0
    assert (upstream.slots.free, upstream.slots.waiting) == (2, 0)


async def test_callers_take_turns_and_side_requests_wait(clock: FakeClock) -> None:
    """One caller's hundred requests do not keep another's one away; titles come after answers."""
    gate = asyncio.Event()
    upstream, scripted = limited(clock, 1, [gate, EVENTS], ANSWER)
    title, greedy, modest = SIDE[0], "greedy", "modest"
    answers = [
        await under_way(answered(upstream, asked(text, caller=caller)))
        for text, caller in [("0", ""), (title, "modest"), *[(greedy, "greedy")] * 3, (modest, "modest")]
    ]
    gate.set()
    await asyncio.gather(*answers)
    assert names(scripted) == ["0", greedy, modest, greedy, greedy, title]


async def test_users_of_one_caller_take_turns(clock: FakeClock) -> None:
    """As all come with one key where there is but one."""
    gate = asyncio.Event()
    upstream, scripted = limited(clock, 1, [gate, EVENTS], ANSWER)
    answers = [
        await under_way(answered(upstream, asked(text, user=text[0])))
        for text in ["0", "a1", "a2", "a3", "b1", "c1"]
    ]
    gate.set()
    await asyncio.gather(*answers)
    assert names(scripted) == ["0", "a1", "b1", "c1", "a2", "a3"]


async def test_who_waits_is_told_his_place_when_it_changes(clock: FakeClock) -> None:
    """Once a second at most; who waits less hears nothing."""
    gates = [asyncio.Event() for _ in range(3)]
    upstream, _ = limited(clock, 1, *([gate, EVENTS] for gate in gates), ANSWER)
    words: list[list[str]] = [[] for _ in range(4)]
    answers = [await under_way(answered(upstream, asked(str(i), hear=words[i]))) for i in range(4)]
    await clock.advance(0.9)
    assert words == [[], [], [], []]
    await clock.advance(5)
    first = "waiting: 0 before you"
    assert words == [[], [first], ["waiting: 1 before you"], ["waiting: 2 before you"]]
    for gate in gates[:2]:
        gate.set()
        await settled()
        await clock.advance(1)
    assert words[2][1:] == [first]
    assert words[3][1:] == ["waiting: 1 before you", first]
    gates[2].set()
    await asyncio.gather(*answers)
    await clock.advance(1)
    assert clock.waiting == 0


async def test_too_many_are_refused(clock: FakeClock) -> None:
    """A queue that grows without bound would help nobody.  They learn about when a place will be free."""
    gate = asyncio.Event()
    upstream, scripted = limited(clock, 1, [gate, EVENTS], ANSWER, waiting=2)
    answers = [await under_way(outcome(upstream)) for _ in range(3)]
    for waited_s, retry_after_s in [(0, 1), (20, 20), (100, 60)]:
        await clock.advance(waited_s)
        refused = await outcome(upstream)
        assert isinstance(refused, QueueFull)
        assert refused.retry_after_s == retry_after_s
    gate.set()
    assert await asyncio.gather(*answers) == [EVENTS] * 3
    assert len(scripted.requests) == 3


async def test_where_nobody_may_wait_all_are_refused(clock: FakeClock) -> None:
    """As an operator may want it who has other upstreams."""
    gate = asyncio.Event()
    upstream, _ = limited(clock, 1, [gate, EVENTS], waiting=0)
    answer = await under_way(answered(upstream))
    assert isinstance(await outcome(upstream), QueueFull)
    gate.set()
    assert await answer == EVENTS


async def test_a_failure_gives_its_slot_back(clock: FakeClock) -> None:
    """Before the answer has begun as after it."""
    upstream, _ = limited(clock, 1, UpstreamError("no"), ANSWER)
    assert await outcome(upstream) == UpstreamError("no")
    assert await outcome(upstream) == EVENTS
    assert upstream.slots.free == 1


async def test_who_leaves_the_queue_leaves_no_gap(clock: FakeClock) -> None:
    """Others move up."""
    gate = asyncio.Event()
    upstream, scripted = limited(clock, 1, [gate, EVENTS], ANSWER)
    answers = [await under_way(answered(upstream, asked(str(i)))) for i in range(3)]
    answers[1].cancel()
    await settled()
    assert upstream.slots.waiting == 1
    gate.set()
    await asyncio.wait(answers)
    assert names(scripted) == ["0", "2"]


async def test_who_leaves_in_the_moment_of_his_turn_passes_it_on(clock: FakeClock) -> None:
    """He was given the slot and never knew: the next one gets it."""
    slots = Slots(1, 100, clock)
    assert slots.take()
    unlucky, lucky = [await under_way(slots.wait(asked())) for _ in range(2)]
    slots.give()
    unlucky.cancel()
    await lucky
    assert unlucky.cancelled()
    slots.give()
    assert (slots.free, slots.waiting) == (1, 0)


@given(
    st.integers(1, 4),
    st.lists(
        st.tuples(st.sampled_from(["ask", "leave", "go"]), st.integers(0, 2), st.integers(0, 50)),
        max_size=60,
    ),
)
async def test_no_slot_is_lost_and_none_is_made_up(slots: int, steps: list[tuple[str, int, int]]) -> None:
    """Whoever comes, goes and leaves, at whatever moment: the bound holds, and slots are used while one waits."""
    gates = [asyncio.Event() for _ in steps]
    upstream, scripted = limited(FakeClock(), slots, *([gate, EVENTS] for gate in gates), ANSWER)
    answers: list[asyncio.Task[object]] = []
    for step, pause, number in steps:
        match step:
            case "ask":
                request = asked(caller="abc"[number % 3], user="xy"[number % 2])
                answers.append(asyncio.create_task(outcome(upstream, request)))
            case "leave" if answers:
                answers[number % len(answers)].cancel()
            case "go":
                gates[number % len(gates)].set()
        for _ in range(pause):
            await asyncio.sleep(0)
        assert scripted.running <= slots
    for _ in range(5):
        await settled()
    assert scripted.running + upstream.slots.free == slots
    assert not (upstream.slots.free and upstream.slots.waiting)
    for gate in gates:
        gate.set()
    for result in await asyncio.gather(*answers, return_exceptions=True):
        assert result == EVENTS or isinstance(result, asyncio.CancelledError)
    assert (upstream.slots.free, upstream.slots.waiting) == (slots, 0)
