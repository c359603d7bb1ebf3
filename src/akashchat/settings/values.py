"""What values options take, and what a group of them is."""

import re
from importlib.util import find_spec
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, SecretStr

_REDIS = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")


def http_url(url: str) -> str:
    """The address of a web site, without a slash at its end; raises ``ValueError``."""
    parts = urlsplit(url)
    parts.port  # noqa: B018  raises where it is none
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http(s):// address without a query")
    if "@" in parts.netloc:
        raise ValueError("must be an address without a user and password, as these would not be sent")
    return url.rstrip("/")


def optional_url(url: str) -> str:
    """The same, or nothing; raises ``ValueError``."""
    return http_url(url) if url else url


def _proxy(url: SecretStr) -> SecretStr:
    """The address of a proxy, or nothing; raises ``ValueError``."""
    parts = urlsplit(url.get_secret_value())
    parts.port  # noqa: B018  raises where it is none
    scheme = parts.scheme
    if url.get_secret_value() and scheme not in ("http", "socks4", "socks5", "socks5h"):
        raise ValueError("must begin with http://, socks4://, socks5:// or socks5h://")
    if scheme == "socks5h":  # names resolved by the proxy, which is what socks5:// does here anyway
        return SecretStr(url.get_secret_value().replace("socks5h", "socks5", 1))
    return url


def _redis(url: SecretStr) -> SecretStr:
    """The address of a Redis, or nothing; raises ``ValueError``."""
    given = url.get_secret_value()
    scheme, separator, rest = given.partition("://")
    if given and not (scheme in _REDIS and separator and rest):
        raise ValueError("must begin with " + ", ".join(f"{scheme}://" for scheme in _REDIS[:-1]))
    if given and find_spec("redis") is None:
        raise ValueError("needs the extra `redis`: pip install 'akashchat-api[redis]'")
    if scheme.endswith("sentinel") and not urlsplit(given).path.strip("/"):
        raise ValueError(
            "must name the master behind the sentinels, such as redis+sentinel://host:26379/mymaster"
        )
    if given and scheme != "unix":
        _ports(given)
        path = urlsplit(given).path.strip("/")
        database = path.partition("/")[2] if scheme.endswith("sentinel") else path
        if database and not (database.isascii() and database.isdigit()):
            raise ValueError("must end with the number of a database, such as /0")
    return url


def _ports(url: str) -> None:
    """Raises ``ValueError`` where a port of its hosts, of which there may be several, is none.

    What stands there is not told: it is a part of the password where that has a ``/`` or a ``#``.
    """
    for host in urlsplit(url).netloc.rpartition("@")[2].split(","):
        port = host.rpartition("]")[2].partition(":")[2]
        if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
            raise ValueError(
                "must have a number from 1 to 65535 as its port; in a password write %2F for / and %23 for #"
            )


def _postgres(url: SecretStr) -> SecretStr:
    """The address of a PostgreSQL, or nothing; raises ``ValueError``."""
    secret = url.get_secret_value()
    if secret and urlsplit(secret).scheme not in ("postgresql", "postgres"):
        raise ValueError("must begin with postgresql://")
    if secret:
        _ports(secret)
    if secret and find_spec("asyncpg") is None:
        raise ValueError("needs the extra `postgres`: pip install 'akashchat-api[postgres]'")
    return url


def address(host_port: str) -> str:
    """The same, if it is ``host:port``; raises ``ValueError``."""
    split_address(host_port)
    return host_port


def split_address(address: str) -> tuple[str, int]:
    """Host and port of ``host:port``; raises ``ValueError``."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise ValueError("must be host:port, such as localhost:16571 or 0.0.0.0:16571")
    return host.strip("[]"), int(port)


def header_value(secret: SecretStr) -> SecretStr:
    """The same, if a header can carry it; raises ``ValueError``."""
    value = secret.get_secret_value()
    if not (value.isascii() and value.isprintable()):
        raise ValueError("must be one line of ASCII, as in an HTTP header")
    return secret


def lower(value: object) -> object:
    """Words may be written in capitals."""
    return value.lower() if isinstance(value, str) else value


def _upstream_name(name: str) -> str:
    if name in ("akash", "akashml"):
        raise ValueError("has a group of settings of its own")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,62}", name):
        raise ValueError("must be lower case letters, digits, '_', '.' and '-', such as my-vllm")
    return name


UpstreamName = Annotated[str, AfterValidator(_upstream_name)]
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]
PostgresUrl = Annotated[SecretStr, AfterValidator(_postgres)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
Secret = Annotated[SecretStr, AfterValidator(header_value)]
Origin = Annotated[str, Field(pattern=r"^(?:\*|https?://[^/\s]+)$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000)]
Header = Annotated[str, Field(pattern=r"^[\x20-\x7e]+$")]


AT_START: dict[str, JsonValue] = {"at_start": True}
"""Marks an option that counts at the start alone: what is made of it outlives every change of the settings."""


class Group(BaseModel):
    """Options that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True)
