"""What Ollama's clients ask of models: the list, one of them, what runs, and the version.

Sizes and digests of files are asked for too.  There are no files here: the size is 0, and the digest is made of
the model's id, which stays as long as the id does.
"""

import hashlib
from collections.abc import Container
from typing import Any

from msgspec import Struct

from akashchat.dialects.ollama.reply import moment
from akashchat.errors import BadRequest
from akashchat.model.catalogue import Model
from akashchat.wire import json

VERSION = "0.12.6"
"""The version of Ollama whose API this is; clients refuse what they take for too old."""

_ARCHITECTURE = "akash"


class _Show(Struct):
    model: str | None = None
    name: str | None = None


def parse_show(body: bytes) -> str:
    """The model asked about; raises ``BadRequest``."""
    read = json.decode_body(body, _Show)
    model_id = (read.model or read.name or "").strip().removesuffix(":latest")
    if not model_id:
        raise BadRequest("'model' is missing", param="model")
    return model_id


def render_models(models: tuple[Model, ...]) -> bytes:
    """``/api/tags``."""
    return json.encode({"models": [_listed(model) for model in models]})


def render_none() -> bytes:
    """``/api/ps``: nothing runs here."""
    return json.encode({"models": []})


def render_version() -> bytes:
    """``/api/version``."""
    return json.encode({"version": VERSION})


def render_shown(model: Model, honours: Container[str]) -> bytes:
    """``/api/show``."""
    capabilities = ["image"] if model.draws else ["completion"]
    if "tools" in honours and not model.draws:
        capabilities.append("tools")
    window = {f"{_ARCHITECTURE}.context_length": model.context_window} if model.context_window else {}
    return json.encode(
        {
            "modelfile": "",
            "parameters": "",
            "template": "",
            "license": "",
            "details": _details(model),
            "model_info": {
                "general.architecture": _ARCHITECTURE,
                "general.basename": model.name,
                "general.description": model.description,
                **window,
            },
            "capabilities": capabilities,
            "modified_at": moment(model.created),
            **_alias(model),
        }
    )


def _listed(model: Model) -> dict[str, Any]:
    return {
        "name": model.id,
        "model": model.id,
        "modified_at": moment(model.created),
        "size": 0,
        "digest": hashlib.sha256(model.id.encode()).hexdigest(),
        "details": _details(model),
        **_alias(model),
    }


def _alias(model: Model) -> dict[str, str]:
    return {"alias_of": model.alias_of} if model.alias_of else {}


def _details(model: Model) -> dict[str, Any]:
    return {
        "parent_model": model.alias_of,
        "format": "",
        "family": _ARCHITECTURE,
        "families": [_ARCHITECTURE],
        "parameter_size": model.parameters or "",
        "quantization_level": "",
    }
