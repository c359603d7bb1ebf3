"""The options, in groups by room, and what values they take."""

import os
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from akashchat import __version__
from akashchat.settings.aliases import checked


def http_url(url: str) -> str:
    """The address of a web site, without a slash at its end; raises ``ValueError``."""
    parts = urlsplit(url)
    parts.port  # noqa: B018  raises where it is none
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http(s):// address without a query")
    return url.rstrip("/")


def _optional_url(url: str) -> str:
    return http_url(url) if url else url


def _proxy(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    parts.port  # noqa: B018  raises where it is none
    scheme = parts.scheme
    if url.get_secret_value() and scheme not in ("http", "socks4", "socks5", "socks5h"):
        raise ValueError("must begin with http://, socks4://, socks5:// or socks5h://")
    if scheme == "socks5h":  # names resolved by the proxy, which is what socks5:// does here anyway
        return SecretStr(url.get_secret_value().replace("socks5h", "socks5", 1))
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


def _header_value(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    if not (value.isascii() and value.isprintable()):
        raise ValueError("must be one line of ASCII, as in an HTTP header")
    return secret


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


_Secret = Annotated[SecretStr, AfterValidator(_header_value)]
_Origin = Annotated[str, Field(pattern=r"^(?:\*|https?://[^/\s]+)$")]
_Seconds = Annotated[float, Field(gt=0, le=86_400)]
_Header = Annotated[str, Field(pattern=r"^[\x20-\x7e]+$")]


class Group(BaseModel):
    """Options that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(Group):
    """The HTTP server."""

    public_url: Annotated[str, AfterValidator(_optional_url)] = Field(
        "", description="Where clients reach the gateway; links to pictures begin with it. "
        "Empty: the address each client called.",
    )  # fmt: skip
    cors_origins: list[_Origin] = Field(
        [], description="Origins of web pages that may call the gateway, as a JSON list; "
        '`["*"]` for all, then without credentials.',
    )  # fmt: skip
    max_body_bytes: int = Field(32 * 1024 * 1024, gt=0, description="The largest request body.")
    body_timeout_s: _Seconds = Field(60.0, description="How long a request's body may take to come.")
    grace_s: _Seconds = Field(
        10.0, description="How long a stream's status is held for its first event; then it begins with 200 "
        "and keep-alive comments.",
    )  # fmt: skip
    ping_s: _Seconds = Field(15.0, description="After what silence a stream gets a keep-alive comment.")
    ready_timeout_s: _Seconds = Field(5.0, description="How long `/health/ready` waits for Akash.")
    shutdown_s: _Seconds = Field(120.0, description="How long running answers may go on after a stop.")


class AkashSettings(Group):
    """Akash Chat as an upstream."""

    user_agent: _Header = Field(
        f"akashchat/{__version__}",
        description="The User-Agent sent to Akash; with `cookie`, that cookie's browser's.",
    )
    cookie: _Secret = Field(
        SecretStr(""), description="Cookies of your own browser for Akash Chat, as in a `Cookie` header: "
        "`cf_clearance` after a bot check, a login, or a `session_token`.",
    )  # fmt: skip
    access_token: _Secret = Field(
        SecretStr(""), description="The access token of a private Akash Chat deployment."
    )
    proxy: Annotated[SecretStr, AfterValidator(_proxy)] = Field(
        SecretStr(""), description="A proxy to reach Akash through: `http://`, `socks4://` or "
        "`socks5://[user:password@]host:port`.",
    )  # fmt: skip
    sampling: Literal["documented", "model"] = Field(
        "documented", description="Defaults for temperature and top_p: the `documented` 0.85 and 1, or "
        "each `model`'s own.",
    )  # fmt: skip
    persona: bool = Field(
        default=False, description="Let the app add its own system prompt where a request has none."
    )
    connect_timeout_s: _Seconds = Field(8.0, description="How long connecting may take.")
    first_byte_timeout_s: _Seconds = Field(
        290.0, description="How long Akash may be silent before its answer begins; a model that thinks is."
    )
    idle_timeout_s: _Seconds = Field(290.0, description="How long Akash may be silent within an answer.")
    image_timeout_s: _Seconds = Field(180.0, description="How long a picture may take.")


class EmulationSettings(Group):
    """What the gateway does to answers."""

    thinks_first: list[str] = Field(
        ["*DeepSeek-R1*", "*QwQ*", "*Thinking*"],
        description="Patterns of model ids, as a JSON list, whose answers begin with thoughts that lack "
        "their `<think>`.",
    )


class ModelSettings(Group):
    """The names of models."""

    aliases: Annotated[dict[str, str], AfterValidator(checked)] = Field(
        {}, description="Other names for models, as a JSON object: "
        '`{"gpt-4o-mini": "DeepSeek-V3.2", "claude-*": "DeepSeek-V3.2"}`. `*` stands for any text; whole names go '
        "first, then the longest pattern. A name that stands for itself is kept from the patterns.",
    )  # fmt: skip


class ChatSettings(Group):
    """The chat dialect."""

    reasoning: Literal["reasoning_content", "reasoning", "both", "tags"] = Field(
        "reasoning_content", description="Where thoughts go: a field of that name, both fields, or left in "
        "the text between `<think>` tags.",
    )  # fmt: skip
    progress: Literal["reasoning", "comment"] = Field(
        "reasoning", description="How a stream tells of a picture in the making: as thoughts, or as "
        "comments that clients do not show.",
    )  # fmt: skip


_DATABASE = "~/.local/share/akashchat/akashchat.db"


class StorageSettings(Group):
    """What outlives the process."""

    path: str = Field(
        _DATABASE, description="The database's file; `$XDG_DATA_HOME` takes the place of `~/.local/share` where it "
        "is set. `:memory:`: no file, and what is kept is lost at the end.",
    )  # fmt: skip
    retention_days: Annotated[float, Field(ge=0, le=36_500)] = Field(
        30.0, description="How long responses are kept, for `previous_response_id` and to be shown again; "
        "`0` keeps none.",
    )  # fmt: skip

    def file(self) -> str:
        """The database's file; empty for memory."""
        # https://specifications.freedesktop.org/basedir-spec/latest/
        home = os.environ.get("XDG_DATA_HOME", "")
        if self.path == _DATABASE and home:
            return f"{home}/akashchat/akashchat.db"
        return "" if self.path == ":memory:" else self.path


class LogSettings(Group):
    """Logs, on standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        "info", description="From which level on."
    )
    format: Literal["auto", "console", "json"] = Field(
        "auto", description="`console` for eyes, `json` for machines; `auto` is `console` in a terminal."
    )
