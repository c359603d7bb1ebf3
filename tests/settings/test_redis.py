"""Addresses of a Redis: which there are, and which are refused before anything begins."""

import pytest
from pydantic import SecretStr, ValidationError

from akashchat.settings.groups import DatabaseSettings, RedisSettings


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


@pytest.mark.parametrize(
    "url",
    [
        "redis://:s3cret@redis:port/0",
        "redis://redis:99999",
        "redis://:s3cret#1@redis",
        "redis://redis/first",
        "redis+sentinel://one:26379,two:port/mymaster",
        "redis+sentinel://one/mymaster/first",
        "redis://[redis",
    ],
)
def test_a_port_or_a_database_that_is_none_is_refused(url: str) -> None:
    """Before anything begins, and again without the password."""
    with pytest.raises(ValidationError, match=r"must (have|end with) (a|the) number|Invalid IPv6") as told:
        RedisSettings(url=SecretStr(url))
    assert "s3cret" not in str(told.value)


def test_the_same_holds_for_postgresql() -> None:
    """Which would never be reached; several hosts, and addresses in brackets, are right."""
    for url in ("postgresql://me:s3cret@db:port/x", "postgresql://me:s3cret#1@db/x"):
        with pytest.raises(ValidationError, match="must have a number") as told:
            DatabaseSettings(url=SecretStr(url))
        assert "s3cret" not in str(told.value)
    for url in (
        "postgresql://db/x",
        "postgresql://me:a%23b@one:5432,two:5433/x",
        "postgresql://[::1]:5432/x",
        "postgresql:///x?host=/run/postgresql",
    ):
        assert DatabaseSettings(url=SecretStr(url)).url.get_secret_value() == url
