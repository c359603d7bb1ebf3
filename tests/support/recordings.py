"""What was recorded from the app itself."""

import base64
import json
from pathlib import Path
from typing import Any

from akashchat.upstreams.akash.reply import Refusal

FOLDER = Path(__file__).parent.parent / "data" / "recordings"


class Recording:
    """One recorded request and its reply."""

    def __init__(self, name: str) -> None:
        self.raw: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        self.name = name
        self.path: str = self.raw["request"]["path"]
        response = self.raw["response"]
        self.status: int = response["status"]
        self.headers = {name.lower(): value for name, value in response["headers"]}
        self.media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        self.body = _bytes(response["body"])

    @property
    def is_stream(self) -> bool:
        """Whether it is an answer in the data stream's form."""
        return self.status == 200 and self.path.startswith("/api/chat")

    @property
    def is_drawing(self) -> bool:
        """Whether the model that draws was asked."""
        body = self.raw["request"].get("body")
        return isinstance(body, dict) and body.get("model") == "AkashGen"

    @property
    def refusal(self) -> Refusal:
        """The reply as one that is no answer."""
        return Refusal(self.status, self.media_type, self.headers, self.body)


def names() -> list[str]:
    """The names of all recordings."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def _bytes(body: dict[str, str]) -> bytes:
    if "base64" in body:
        return base64.b64decode(body["base64"])
    return body["text"].encode("utf-8", "surrogatepass")
