"""The models the stand-in offers, listed as AkashML lists its own: OpenAI's fields and some more.

https://api.akashml.com/v1/models; a vLLM says ``max_model_len`` where AkashML says ``context_length``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Thoughts = Literal["", "reasoning_content", "reasoning"]
"""The field in which a model's thoughts come, if it thinks."""

CREATED: Final = 1_760_000_000


@dataclass(frozen=True, kw_only=True)
class KeyedModel:
    """One model of the list."""

    id: str
    context_length: int = 128_000
    max_output_length: int = 32_768
    thinks: Thoughts = ""
    takes_prefill: bool = True
    """Whether the last message may be the beginning of the answer, which then goes on from there."""

    def row(self, *, vllm: bool) -> dict[str, Any]:
        """The object ``/v1/models`` lists for this model."""
        row = {"id": self.id, "object": "model", "created": CREATED, "owned_by": self.id.partition("/")[0]}
        if vllm:
            return row | {
                "owned_by": "vllm",
                "root": self.id,
                "parent": None,
                "max_model_len": self.context_length,
            }
        return row | {
            "name": self.id.rpartition("/")[2],
            "context_length": self.context_length,
            "max_output_length": self.max_output_length,
            "input_modalities": ["text"],
            "output_modalities": ["text"],
            "quantization": "fp8",
            "supported_sampling_parameters": ["temperature", "top_p", "top_k", "stop", "seed"],
            "supported_features": ["tools", "json_mode", "structured_outputs"],
            "pricing": {"input": "0.28", "output": "0.42", "request": "0"},
        }


KEYED_MODELS: Final[tuple[KeyedModel, ...]] = (
    KeyedModel(id="deepseek-ai/DeepSeek-V3.2", thinks="reasoning_content"),
    KeyedModel(id="meta-llama/Llama-3.3-70B-Instruct"),
    KeyedModel(id="Qwen/Qwen3.6-35B-A3B", thinks="reasoning", context_length=262_144),
    KeyedModel(id="openai/gpt-oss-20b", context_length=131_072, takes_prefill=False),
)


def list_models(models: Sequence[KeyedModel], *, vllm: bool) -> dict[str, Any]:
    """What ``/v1/models`` answers."""
    return {"object": "list", "data": [model.row(vllm=vllm) for model in models]}
