"""What OpenAI's dialects share, read by the official client's types."""

from openai.pagination import SyncPage
from openai.types import CompletionUsage
from openai.types import Model as OpenAIModel

from akashchat.dialects.openai import render_models, usage_object
from akashchat.model.catalogue import Catalogue, Model
from akashchat.model.events import Usage
from akashchat.wire import json

MODELS = (
    Model(id="Qwen/Qwen3-30B-A3B", name="Qwen3", upstream="akash", context_window=32768, temperature=0.6),
    Model(id="AkashGen", name="AkashGen", upstream="akash", owned_by="akash", created=1758283200, draws=True),
)

DOCUMENTED = {
    "id", "name", "description", "temperature", "top_p", "tokenLimit", "parameters", "architecture",
    "hf_repo", "aboutContent", "infoContent", "thumbnailId", "deployUrl", "available",
}  # fmt: skip


def test_the_model_list_is_openai_s_with_all_that_the_go_project_documents() -> None:
    """Official clients page through it; whoever read the Go project's fields finds them."""
    page = SyncPage[OpenAIModel].model_validate_json(render_models(MODELS))
    assert [model.id for model in page.data] == ["Qwen/Qwen3-30B-A3B", "AkashGen"]
    assert page.data[1].created == 1758283200
    for row in json.decode_body(render_models(MODELS), dict)["data"]:
        assert row.keys() >= DOCUMENTED | {"object", "created", "owned_by", "context_length"}


def test_the_bare_list_is_the_go_project_s() -> None:
    """An array of exactly the documented fields."""
    rows = json.decode_body(render_models(MODELS, bare=True), list)
    assert [row.keys() for row in rows] == [DOCUMENTED, DOCUMENTED]
    assert rows[0]["tokenLimit"] == 32768


def test_a_model_is_found_by_its_exact_id() -> None:
    """Ids hold slashes and capitals; nothing is guessed."""
    catalogue = Catalogue(MODELS)
    assert catalogue.find("Qwen/Qwen3-30B-A3B") is MODELS[0]
    assert catalogue.find("qwen/qwen3-30b-a3b") is None


def test_thoughts_are_told_apart_where_they_were_counted() -> None:
    """A field that is not there says less than a zero."""
    told = usage_object(Usage(1, 9, estimated=True, reasoning_tokens=4))
    assert CompletionUsage.model_validate(told, strict=True).completion_tokens_details.reasoning_tokens == 4
    assert "completion_tokens_details" not in usage_object(Usage(1, 9))
