"""What other gateways have and this one has not."""

import pytest

from akashchat.server.absent import ABSENT, why_absent
from tests.support.http import call


@pytest.mark.parametrize("path", [path for path in ABSENT if not path.startswith("/api/")])
async def test_it_says_why_and_what_to_do(gateway: str, path: str) -> None:
    """404 with a code of its own (Anthropic's errors have none), for every method and below the path too."""
    for method, place in [("POST", path), ("GET", path), ("DELETE", f"{path}/some/thing")]:
        reply = await call(method, gateway + place)
        error = reply.json()["error"]
        assert (reply.status, error.get("code", "not_supported")) == (404, "not_supported")
        assert ABSENT[path] in error["message"]


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/audios", "/v1/embeddingsx", "v1/audio", "/x/v1/audio"])
def test_only_these_paths(path: str) -> None:
    """Others are not found, and nothing is said of them."""
    assert why_absent(path) is None
