"""The wrapper that knows models by other names."""

from akashchat.emulation.aliased import Aliased
from akashchat.model.aliases import Aliases
from akashchat.model.events import Finish, FinishReason, TextDelta
from akashchat.model.request import Request
from akashchat.upstreams.base import Honour
from tests.support.upstream import Scripted

ALIASES = Aliases({"gpt-*": "DeepSeek-V3.2"})


async def test_the_true_model_is_asked() -> None:
    """And the rest of the request is as it was; other names pass."""
    scripted = Scripted([[TextDelta("a"), Finish(FinishReason.STOP)]])
    for name in ("gpt-4o", "other"):
        async with Aliased(scripted, ALIASES).open(Request(model=name, messages=(), n=2)) as answer:
            assert [batch async for batch in answer]
    assert [(asked.model, asked.n) for asked in scripted.requests] == [("DeepSeek-V3.2", 2), ("other", 2)]


async def test_what_a_name_follows_is_what_its_model_does() -> None:
    """Capabilities are told for aliases too."""

    class Picky(Scripted):
        def honours(self, model: str) -> dict[str, Honour]:
            return {"seed": Honour.UPSTREAM} if model == "DeepSeek-V3.2" else {}

    aliased = Aliased(Picky(), ALIASES)
    assert aliased.honours("gpt-5") == {"seed": Honour.UPSTREAM}
    assert aliased.honours("x") == {}
    assert (await aliased.catalogue()).models == ()
