"""JSON that the outside world sends and reads.

msgspec does the work.  It refuses lone surrogates, which JavaScript writes whenever it cuts a string in
the middle of an emoji, so both ways have a slow path that survives them.
"""

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from akashchat.errors import BadRequest

T = TypeVar("T")

encode = msgspec.json.encode
"""A value to compact JSON; strings must be free of lone surrogates."""

_decode_text = msgspec.json.Decoder(str).decode

_PLACE = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")


def decode_text(data: bytes) -> str:
    """A JSON string, perhaps with lone surrogates; raises ``ValueError`` when it is none."""
    try:
        return _decode_text(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        text = json.loads(data.decode("utf-8", "replace"), strict=False)
        if not isinstance(text, str):
            raise ValueError("not a JSON string") from None  # noqa: TRY004  the data is wrong, no argument
        return text


def decode_any(data: bytes) -> Any:
    """Any JSON value of the outside world's, lone surrogates replaced; raises ``ValueError``."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _decode_leniently(data)


def decode_halves(data: bytes) -> Any:
    """The same with lone surrogates left as they are, for whoever joins texts that come in pieces."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _decode_slowly(data)


def _decode_leniently(data: bytes) -> Any:
    value = decode_halves(data)
    try:
        return map_texts(value, whole_text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _decode_slowly(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8", "replace"), strict=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def whole_text(text: str) -> str:
    """The same text with surrogate pairs joined and lone halves replaced by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every text in it changed, names of fields included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [map_texts(item, change) for item in value]
    if isinstance(value, dict):
        return {change(key): map_texts(item, change) for key, item in value.items()}
    return value


def decode_body(body: bytes, shape: type[T]) -> T:
    """A caller's body as ``shape``; raises ``BadRequest`` that says what is wrong and where."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise _misshapen(error) from None
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8: {error.reason} at byte {error.start}") from None
    except msgspec.MsgspecError as error:
        return _survive(body, shape, error)


def decode_if(body: bytes, shape: type[T]) -> T | None:
    """A body as ``shape``; ``None`` where it is anything else."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _survive(body: bytes, shape: type[T], error: Exception) -> T:
    """Read a body whose strings hold lone surrogates."""
    if b"\\ud" not in body and b"\\uD" not in body:
        raise BadRequest(f"the body is not valid JSON: {error}") from None
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
        return msgspec.json.decode(encode(map_texts(value, whole_text)), type=shape)
    except msgspec.ValidationError as invalid:
        raise _misshapen(invalid) from None
    except (ValueError, RecursionError):
        raise BadRequest(f"the body is not valid JSON: {error}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def shaped(value: Any, shape: type[T], where: str) -> T:
    """A decoded part of a body as ``shape``; ``where`` is its place there.  Raises ``BadRequest``."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise _misshapen(error, where) from None
    except RecursionError:
        raise BadRequest("the body is nested too deeply", param=where) from None


def _misshapen(error: msgspec.ValidationError, within: str = "") -> BadRequest:
    """Msgspec names the place as a path in backticks at the end: "… - at `$.messages[0].role`"."""
    found = _PLACE.fullmatch(str(error))
    reason, path = found.groups() if found else (str(error), "")
    if within:
        path = f"{within}{path}" if not path or path.startswith("[") else f"{within}.{path}"
    if missing := _MISSING.fullmatch(reason):
        path = f"{path}.{missing[1]}".removeprefix(".")
        return BadRequest(f"'{path}' is missing", param=path)
    where = f" at '{path}'" if path else ""
    return BadRequest(f"{reason}{where}", param=path or None)
