"""What the JSON of Akash's replies looks like, in all versions known; and what is new about another.

Readers are lenient, and go on with what they find.  So that a change is noticed before it hurts, each reply
is held against what is written here.  What is said of it names fields, and no values.
"""

from collections.abc import Callable
from typing import Any

# The new app's rows, then what the old app's have beside.
_MODEL_FIELDS = frozenset(
    """
    id model_id api_id name description tier_requirement available temperature top_p token_limit owned_by
    parameters architecture hf_repo about_content info_content thumbnail_id deploy_url display_order
    category is_api_available is_chat_available created_at updated_at topP tokenLimit hfRepo aboutContent
    infoContent thumbnailId deployUrl user_has_access is_available_now action_button action_text
    """.split()  # noqa: SIM905  a table
)
_QUOTA_FIELDS = frozenset(
    """
    usagePercentage remainingPercentage resetTime blocked authenticated conversationTokenPercentage
    showConversationWarning
    """.split()  # noqa: SIM905  a table
)
_SESSION_FIELDS = frozenset(("success", "message"))
_JOB_FIELDS = frozenset(
    """
    job_id worker_name worker_city worker_country status result worker_gpu elapsed_time queue_position
    error progress
    """.split()  # noqa: SIM905  a table
)


def new_in_models(value: Any) -> str:
    """What is new about a model list; empty where nothing is."""
    rows = value.get("models") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        return "not a list of models"
    strange = [row for row in rows if not isinstance(row, dict)]
    if strange:
        return "rows that are no objects"
    if any(not isinstance(row.get("model_id") or row.get("id"), str) for row in rows):
        return "rows without an id"
    numbers = ("temperature", "top_p", "token_limit", "tokenLimit")
    wrong = {name for row in rows for name in numbers if not _is_number(row.get(name))}
    return _told("no numbers", wrong) or _told("new fields", _others(rows, _MODEL_FIELDS))


def new_in_session(value: Any) -> str:
    """What is new about the reply that gives a session."""
    if not isinstance(value, dict):
        return "not an object"
    if not isinstance(value.get("success"), bool):
        return "no word on success"
    return _told("new fields", _others([value], _SESSION_FIELDS))


def new_in_quota(value: Any) -> str:
    """What is new about the word on the quota."""
    if not isinstance(value, dict):
        return "not an object"
    kinds: dict[str, type | tuple[type, ...]] = {
        "blocked": bool, "resetTime": str, "usagePercentage": (int, float)
    }  # fmt: skip
    wrong = {name for name, kind in kinds.items() if not isinstance(value.get(name), kind)}
    return _told("missing or of another kind", wrong) or _told("new fields", _others([value], _QUOTA_FIELDS))


def new_in_job(value: Any) -> str:
    """What is new about the word on a picture; a text or an empty list says that there is none."""
    if isinstance(value, str) or value == []:
        return ""
    row = value[0] if isinstance(value, list) else value
    if not isinstance(row, dict):
        return "not an object"
    if "error" not in row and not isinstance(row.get("status"), str):
        return "no status"
    return _told("new fields", _others([row], _JOB_FIELDS))


Shape = Callable[[Any], str]


def _others(rows: list[dict[str, Any]], known: frozenset[str]) -> set[str]:
    return {name for row in rows for name in row} - known


def _is_number(value: Any) -> bool:
    """Also as a text, or not there."""
    if isinstance(value, str):
        return value.replace(".", "", 1).isdecimal()
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _told(what: str, names: set[str]) -> str:
    return f"{what}: {' '.join(sorted(names)[:5])}" if names else ""
