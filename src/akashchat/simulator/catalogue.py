"""The models the simulator offers, and how each dialect lists them.

Names, limits and defaults are those seen in public listings between July 2025 and February 2026. The old
dialect writes camelCase and numbers and lists only what is available; the new one writes snake_case, decimal
numbers as strings (its database driver does), nulls, and rows that are not available.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from akashchat.simulator.javascript import whole

Dialect = Literal["new", "old"]

Thinking = Literal["never", "tagged", "headless"]
"""Whether answers begin with thoughts: in ``<think>`` tags, or with the opening tag missing."""

FALLBACK: Final = "Qwen3-235B-A22B-Instruct-2507-FP8"
"""The model the old dialect takes when none is named."""

IMAGE_WRITER: Final = "Meta-Llama-3-3-70B-Instruct"
"""The model that decides, for AkashGen, whether a picture was asked for."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model of the catalogue."""

    id: str
    name: str
    description: str
    temperature: str = "0.60"
    top_p: str = "0.95"
    token_limit: int = 128_000
    parameters: str | None = None
    architecture: str | None = None
    hf_repo: str | None = None
    api_id: str | None = None
    owned_by: str | None = None
    thumbnail_id: str = "llama-3"
    thinks: Thinking = "never"
    draws: bool = False
    available: bool = True
    dialects: tuple[Dialect, ...] = ("new", "old")

    def row(self, dialect: Dialect, position: int) -> dict[str, Any]:
        """The object ``/api/models/`` lists for this model."""
        return self._new_row(position) if dialect == "new" else self._old_row()

    def _old_row(self) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "temperature": whole(float(self.temperature)),
            "top_p": whole(float(self.top_p)),
            "tokenLimit": self.token_limit,
            "parameters": self.parameters,
            "architecture": self.architecture,
            "hf_repo": self.hf_repo,
            "aboutContent": self._about(),
            "infoContent": self._invitation(),
            "thumbnailId": self.thumbnail_id,
            "available": self.available,
        }
        return {key: value for key, value in row.items() if value is not None}

    def _new_row(self, position: int) -> dict[str, Any]:
        return {
            "id": self.id,
            "model_id": self.id,
            "api_id": self.api_id,
            "name": self.name,
            "description": self.description,
            "tier_requirement": "permissionless" if self.available else "extended",
            "available": self.available,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "token_limit": self.token_limit,
            "owned_by": self.owned_by,
            "parameters": self.parameters,
            "architecture": self.architecture,
            "hf_repo": self.hf_repo,
            "about_content": self._about(),
            "info_content": self._invitation(),
            "thumbnail_id": self.thumbnail_id,
            "deploy_url": None,
            "display_order": position,
            "category": None,
            "is_api_available": None,
            "is_chat_available": True,
            "created_at": "2025-09-19T12:00:00.000Z",
            "updated_at": "2025-12-02T08:30:00.000Z",
        }

    def _about(self) -> str:
        return f"{self.name}: {self.description}."

    def _invitation(self) -> str:
        return f"Chat with {self.name}, running on Akash."


CATALOGUE: Final[tuple[Model, ...]] = (
    Model(
        id="DeepSeek-V3.2",
        name="DeepSeek V3.2",
        description="Reasoning-first model built for agents",
        temperature="1.00",
        token_limit=64_000,
        parameters="685B",
        architecture="Mixture-of-Experts",
        hf_repo="deepseek-ai/DeepSeek-V3.2",
        api_id="deepseek-ai/DeepSeek-V3.2",
        owned_by="deepseek-ai",
        thumbnail_id="deepseek",
        thinks="tagged",
    ),
    Model(
        id="Qwen/Qwen3-30B-A3B",
        name="Qwen3 30B A3B",
        description="Small Mixture-of-Experts model (3.3B active)",
        token_limit=32_768,
        parameters="30.5B (3.3B active)",
        architecture="Mixture-of-Experts (128 experts, 8 activated)",
        hf_repo="Qwen/Qwen3-30B-A3B",
    ),
    Model(
        id="Meta-Llama-3-3-70B-Instruct",
        name="Llama 3.3 70B",
        description="Multilingual model tuned for dialogue",
        top_p="0.90",
        parameters="70B",
        architecture="Transformer",
        hf_repo="meta-llama/Llama-3.3-70B-Instruct",
        api_id="meta-llama/Llama-3.3-70B-Instruct",
        owned_by="meta-llama",
    ),
    Model(
        id="openai/gpt-oss-120b",
        name="GPT-OSS 120B",
        description="Open-weight reasoning model (5.1B active)",
        temperature="1.00",
        top_p="1.00",
        parameters="117B (5.1B active)",
        architecture="Mixture-of-Experts",
        hf_repo="openai/gpt-oss-120b",
        api_id="openai/gpt-oss-120b",
        owned_by="openai",
        thumbnail_id="openai",
    ),
    Model(
        id="DeepSeek-R1-0528",
        name="DeepSeek R1 0528",
        description="Strong Mixture-of-Experts (MoE) LLM",
        token_limit=64_000,
        parameters="671B",
        architecture="Mixture-of-Experts",
        hf_repo="deepseek-ai/DeepSeek-R1-0528",
        thumbnail_id="deepseek",
        thinks="headless",
    ),
    Model(
        id=FALLBACK,
        name="Qwen3 235B A22B Instruct 2507",
        description="Enhanced reasoning and alignment in a non-thinking model",
        temperature="0.70",
        top_p="0.80",
        token_limit=262_144,
        parameters="235B (22B active)",
        architecture="Mixture-of-Experts (128 experts, 8 activated)",
        hf_repo="Qwen/Qwen3-235B-A22B-Instruct-2507-FP8",
        dialects=("old",),
    ),
    Model(
        id="AkashGen",
        name="AkashGen",
        description="Generate images with Stable Diffusion 3.5",
        temperature="0.85",
        top_p="1.00",
        token_limit=12_000,
        architecture="Multimodal Diffusion Transformer",
        api_id="meta-llama/Llama-3.3-70B-Instruct",
        thumbnail_id="akash-gen",
        draws=True,
    ),
    Model(
        id="DeepSeek-V3.1",
        name="DeepSeek V3.1",
        description="Hybrid model with a thinking and a non-thinking mode",
        token_limit=64_000,
        parameters="685B",
        architecture="Mixture-of-Experts",
        hf_repo="deepseek-ai/DeepSeek-V3.1",
        thumbnail_id="deepseek",
        available=False,
        dialects=("new",),
    ),
    Model(
        id="Kimi-K2-Instruct",
        name="Kimi K2 Instruct",
        description="Advanced 1T Mixture-of-Experts model (32B active)",
        parameters="1T (32B active)",
        architecture="Mixture-of-Experts (384 experts, 8 activated)",
        hf_repo="moonshotai/Kimi-K2-Instruct",
        available=False,
        dialects=("new",),
    ),
)


def list_models(models: Sequence[Model], dialect: Dialect) -> list[dict[str, Any]]:
    """What ``/api/models/`` answers."""
    shown = [model for model in models if dialect in model.dialects and (dialect == "new" or model.available)]
    return [model.row(dialect, position) for position, model in enumerate(shown)]


def find_model(models: Sequence[Model], dialect: Dialect, model_id: Any) -> Model | None:
    """The available model of that id, if there is one."""
    for model in models:
        if model.id == model_id and model.available and dialect in model.dialects:
            return model
    return None
