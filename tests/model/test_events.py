"""The values an answer is made of."""

from hypothesis import given

from akashchat.model.events import Usage
from tests.support.answers import USAGES, answers, check


@given(answers())
def test_generated_answers_keep_the_grammar(answer: list) -> None:
    """What the tests feed to encoders is what upstreams are allowed to give."""
    check(answer)


@given(USAGES, USAGES)
def test_usages_add_up(one: Usage, other: Usage) -> None:
    """The sum of two usages is exact, and an estimate as soon as one of them is."""
    both = one + other
    assert both.input_tokens == one.input_tokens + other.input_tokens
    assert both.output_tokens == one.output_tokens + other.output_tokens
    assert both.estimated == (one.estimated or other.estimated)
