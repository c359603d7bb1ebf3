"""Akash's model list, in the two shapes it has had.

The old app writes camel case and numbers, the new one snake case and numbers as strings; fields may be
missing or null, and rows may be wrapped in ``{"models": […]}``.
"""

from datetime import datetime
from typing import Any

from akashchat.errors import ProtocolError
from akashchat.model.catalogue import Model
from akashchat.wire.json import decode_any

IMAGE_MODEL = "AkashGen"
"""The model that draws; its replies are of another kind."""


def read_models(body: bytes, upstream: str) -> tuple[Model, ...]:
    """The models of ``GET /api/models/`` that are on offer; raises ``ProtocolError``."""
    try:
        value = decode_any(body)
    except ValueError as error:
        raise ProtocolError("Akash's model list is not JSON") from error
    rows = value.get("models") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        raise ProtocolError("Akash's model list is not a list")
    models = [_model(row, upstream) for row in rows if isinstance(row, dict)]
    return tuple({model.id: model for model in models if model is not None and model.available}.values())


def _model(row: dict[str, Any], upstream: str) -> Model | None:
    model_id = _first(row, "model_id", "id")  # in one endpoint of the new app "id" is a database's key
    if not isinstance(model_id, str) or not model_id:
        return None
    window = _number(_first(row, "token_limit", "tokenLimit"))
    return Model(
        id=model_id,
        name=_text(row.get("name")) or model_id,
        upstream=upstream,
        description=_text(row.get("description")) or "",
        context_window=int(window) if window and window > 0 else None,
        temperature=_number(row.get("temperature")),
        top_p=_number(_first(row, "top_p", "topP")),
        available=row.get("available") is not False,
        owned_by=_text(row.get("owned_by")) or "akash",
        created=_moment(row.get("created_at")),
        draws=model_id == IMAGE_MODEL,
        parameters=_text(row.get("parameters")),
        architecture=_text(row.get("architecture")),
        hf_repo=_text(row.get("hf_repo")),
        about_content=_text(_first(row, "about_content", "aboutContent")),
        info_content=_text(_first(row, "info_content", "infoContent")),
        thumbnail_id=_text(_first(row, "thumbnail_id", "thumbnailId")),
        deploy_url=_text(_first(row, "deploy_url", "deployUrl")),
        api_id=_text(row.get("api_id")),
    )


def _first(row: dict[str, Any], *names: str) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e12 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _moment(value: Any) -> int:
    if not isinstance(value, str):
        return 0
    try:
        return max(0, int(datetime.fromisoformat(value).timestamp()))
    except (ValueError, OverflowError):
        return 0
