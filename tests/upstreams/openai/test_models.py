"""Lists of models as servers really send them, and the names models go by here."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akashchat.errors import ProtocolError
from akashchat.model.catalogue import Model, Price
from akashchat.upstreams.base import ANY, Honour, honour_of, unhonoured
from akashchat.upstreams.openai.models import ModelNames, read_models
from akashchat.upstreams.openai.parameters import honours

AKASHML = {
    "id": "deepseek-ai/DeepSeek-V3.2", "object": "model", "created": 1_760_000_000, "owned_by": "deepseek-ai",
    "name": "DeepSeek V3.2", "context_length": 163_840, "input_modalities": ["text"], "output_modalities": ["text"],
    "supported_sampling_parameters": ["temperature", "top_p"], "supported_features": ["tools", "json_mode"],
    "description": "Thinks.", "max_output_length": 65_536, "quantization": "fp8",
    "pricing": {"input": "0.28", "output": "0.42", "request": "0"},
}  # fmt: skip


def read(value: Any) -> tuple[Model, ...]:
    """The models of a list."""
    return read_models(json.dumps(value).encode(), "theirs")


def test_akashmls_list() -> None:
    """Its fields, and what a model cannot do, which the gateway then adds."""
    (model,) = read({"object": "list", "data": [AKASHML]})
    assert model == Model(
        id="deepseek-ai/DeepSeek-V3.2",
        name="DeepSeek V3.2",
        upstream="theirs",
        description="Thinks.",
        context_window=163_840,
        owned_by="deepseek-ai",
        created=1_760_000_000,
        lacks=("response_format",),
        price=Price(0.28, 0.42),
    )


@pytest.mark.parametrize(
    "row",
    [
        {"max_model_len": 4096},
        {"meta": {"n_ctx": 4096, "n_ctx_train": 131_072}},
        {"max_context_length": 4096},
        {"context_window": 4096},
        {"context_length": 4096, "max_model_len": 1},
        {"context_length": None, "max_model_len": 4096},
    ],
)
def test_how_long_a_context_may_be(row: dict[str, Any]) -> None:
    """By whichever name: vLLM's, llama.cpp's, Mistral's, Groq's, OpenRouter's."""
    (model,) = read({"data": [{"id": "m", **row}]})
    assert model.context_window == 4096


def test_lists_in_other_wrappings() -> None:
    """A bare array, an object with ``models``; the same id twice, and rows that are none."""
    assert [model.id for model in read([{"id": "a"}, {"id": "b"}])] == ["a", "b"]
    rows = [{"id": "a"}, {"id": "a"}, {"id": ""}, {}, 5, {"id": "c", "active": False}]
    assert [model.id for model in read({"models": rows})] == ["a"]
    assert read({"data": [{"id": "a"}]})[0].owned_by == "theirs"


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"data": 5}', b'"a"'])
def test_no_list(body: bytes) -> None:
    """Told, and not taken for an empty one."""
    with pytest.raises(ProtocolError):
        read_models(body, "theirs")


@given(
    st.binary(max_size=40) | st.sampled_from([b'{"data":[{"id":"a","meta":1,"supported_features":[{}]}]}'])
)
def test_garbage(body: bytes) -> None:
    """Models, or a protocol error."""
    with contextlib.suppress(ProtocolError):
        read_models(body, "theirs")


# -- names


def named(own: dict[str, str], only: list[str], *listed: str) -> dict[str, int | None]:
    """The models under their names here, with the window each has."""
    models = tuple(Model(id=name, name=name, upstream="theirs", context_window=9) for name in listed)
    return {model.id: model.context_window for model in ModelNames(own, only).applied(models, "theirs")}


def test_a_model_has_its_own_name_and_those_given() -> None:
    """And whatever is known of it is known under each."""
    assert named({"V3": "org/V3"}, ["*"], "org/V3", "b") == {"org/V3": 9, "b": 9, "V3": 9}
    assert ModelNames({"V3": "org/V3"}, ["*"]).own("V3") == "org/V3"
    assert ModelNames({}, ["*"]).own("V3") == "V3"


def test_a_name_given_is_trusted() -> None:
    """Some take more names than they list."""
    assert named({"fast": "org/V3:nitro"}, ["*"], "org/V3") == {"org/V3": 9, "fast": None}
    assert [model.id for model in ModelNames({"fast": "x"}, ["*"]).given("theirs")] == ["fast"]


def test_only_some_are_asked_for() -> None:
    """By patterns of the names here."""
    assert named({"V3": "org/V3"}, ["V*", "b"], "org/V3", "b", "c") == {"V3": 9, "b": 9}
    assert named({}, [], "a") == {}


# -- who does what


def test_nearly_everything_is_the_upstreams() -> None:
    """What nobody knows too; but nothing whose effect would be lost on the way back."""
    who = honours()
    assert {honour_of(name, who) for name in ("tools", "stop", "seed", "whatever")} == {Honour.UPSTREAM}
    assert unhonoured(["logprobs", "seed", "tools[web_search]", "prefill"], who) == (
        "logprobs",
        "prefill",
        "tools[web_search]",
    )


def test_what_it_lacks() -> None:
    """Left to the gateway where it can do it, and nobody's where not."""
    who = honours(frozenset({"tools", "stop", "seed", "temperature"}))
    assert not {"tools", "tool_choice", "parallel_tool_calls", "stop"} & who.keys()
    assert who["seed"] is who["temperature"] is Honour.NOBODY
    assert who["response_format"] is who[ANY] is Honour.UPSTREAM


@pytest.mark.parametrize(
    ("pricing", "price"),
    [
        ({"input": "0.28", "output": 0.42}, Price(0.28, 0.42)),
        ({"prompt": "0.00000028", "completion": "0.00000042"}, Price(0.28, 0.42)),
        ({"prompt": "0", "completion": "0", "request": "0"}, Price(0.0, 0.0)),
        ({"prompt": "-1", "completion": "-1"}, None),
        ({"input": "0.28"}, None),
        ({"input": "nan", "output": "inf"}, None),
        ({"input": True, "output": []}, None),
        ("0.28", None),
        (None, None),
    ],
)
def test_what_a_models_tokens_cost(pricing: Any, price: Price | None) -> None:
    """By the million as AkashML tells it, by the token as OpenRouter does; else it is not known."""
    (model,) = read({"data": [{"id": "m", "pricing": pricing}]})
    assert model.price == price
