"""Addresses of a Redis: which there are, and which are refused before anything begins."""

import pytest
from pydantic import SecretStr, ValidationError

from akashchat.settings.groups import RedisSettings


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis://localhost:6379/0",
        "rediss://me:secret@redis.example.com",
        "unix:///run/redis.sock",
        "redis+sentinel://one:26379,two/mymaster/1",
    ],
)
def test_an_address_in_one_of_its_forms(url: str) -> None:
    """As the page on sharing has them."""
    assert RedisSettings(url=SecretStr(url)).url.get_secret_value() == url


@pytest.mark.parametrize(
    "url", ["redis.example.com:6379", "http://redis", "redis://", "redis+sentinel://one"]
)
def test_another_is_refused(url: str) -> None:
    """And its password is not told."""
    with pytest.raises(ValidationError, match=r"must (begin with|name the master)"):
        RedisSettings(url=SecretStr(url))
