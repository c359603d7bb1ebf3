"""Every option, its default, its meaning.

A setting comes from the environment, from ``.env``, or from a TOML file (``akashchat.toml``, or the file
that ``AKASHCHAT_CONFIG`` names), the earlier beating the later.  ``AKASHCHAT_<ROOM>_<NAME>`` in the
environment is ``[room] name`` in TOML; three names are inherited and carry no prefix.  A name that does
not exist is refused: a mistyped setting must not look like one that is obeyed.
"""

import os
import pathlib
import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

_PREFIX = "AKASHCHAT_"


class BadSettings(ValueError):
    """Settings that cannot be used; the message has a line for each."""


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http(s):// address")
    return url.rstrip("/")


def _optional_url(url: str) -> str:
    return _http_url(url) if url else url


def _proxy(url: SecretStr) -> SecretStr:
    scheme = urlsplit(url.get_secret_value()).scheme
    if url.get_secret_value() and scheme not in ("http", "socks4", "socks5", "socks5h"):
        raise ValueError("must begin with http://, socks4://, socks5:// or socks5h://")
    if scheme == "socks5h":  # names resolved by the proxy, which is what socks5:// does here anyway
        return SecretStr(url.get_secret_value().replace("socks5h", "socks5", 1))
    return url


def _address(address: str) -> str:
    split_address(address)
    return address


def split_address(address: str) -> tuple[str, int]:
    """Host and port of ``host:port``; raises ``ValueError``."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise ValueError("must be host:port, such as localhost:16571 or 0.0.0.0:16571")
    return host.strip("[]"), int(port)


_Seconds = Annotated[float, Field(gt=0, le=86_400)]
_Header = Annotated[str, Field(pattern=r"^[\x20-\x7e]+$")]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(_Group):
    """The HTTP server."""

    public_url: Annotated[str, AfterValidator(_optional_url)] = Field(
        "", description="Where clients reach the gateway; links to pictures begin with it. "
        "Empty: the address each client called.",
    )  # fmt: skip
    cors_origins: list[str] = Field(
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


class AkashSettings(_Group):
    """Akash Chat as an upstream."""

    user_agent: _Header = Field(
        "akashchat/0.1", description="The User-Agent sent to Akash; with `cookie`, that cookie's browser's."
    )
    cookie: SecretStr = Field(
        SecretStr(""), description="Cookies of your own browser for Akash Chat, as in a `Cookie` header: "
        "`cf_clearance` after a bot check, a login, or a `session_token`.",
    )  # fmt: skip
    access_token: SecretStr = Field(
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
    connect_timeout_s: _Seconds = Field(10.0, description="How long connecting may take.")
    first_byte_timeout_s: _Seconds = Field(
        290.0, description="How long Akash may be silent before its answer begins; a model that thinks is."
    )
    idle_timeout_s: _Seconds = Field(290.0, description="How long Akash may be silent within an answer.")
    image_timeout_s: _Seconds = Field(180.0, description="How long a picture may take.")


class EmulationSettings(_Group):
    """What the gateway does to answers."""

    thinks_first: list[str] = Field(
        ["*DeepSeek-R1*", "*QwQ*", "*Thinking*"],
        description="Patterns of model ids, as a JSON list, whose answers begin with thoughts that lack "
        "their `<think>`.",
    )


class ChatSettings(_Group):
    """The chat dialect."""

    reasoning: Literal["reasoning_content", "reasoning", "both", "tags"] = Field(
        "reasoning_content", description="Where thoughts go: a field of that name, both fields, or left in "
        "the text between `<think>` tags.",
    )  # fmt: skip
    progress: Literal["reasoning", "comment"] = Field(
        "reasoning", description="How a stream tells of a picture in the making: as thoughts, or as "
        "comments that clients do not show.",
    )  # fmt: skip


class LogSettings(_Group):
    """Logs, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="From which level on.")
    format: Literal["auto", "console", "json"] = Field(
        "auto", description="`console` for eyes, `json` for machines; `auto` is `console` in a terminal."
    )


def _inherited(name: str) -> AliasChoices:
    return AliasChoices(name, name.lower())


class Settings(BaseSettings):
    """All options."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",  # .env may serve other programs; names of ours are checked by ``_mistyped``
        frozen=True,
        hide_input_in_errors=True,
    )

    server_address: Annotated[str, AfterValidator(_address)] = Field(
        "localhost:16571", validation_alias=_inherited("SERVER_ADDRESS"), description="Where to listen."
    )
    akash_base_url: Annotated[str, AfterValidator(_http_url)] = Field(
        "https://chat.akash.network", validation_alias=_inherited("AKASH_BASE_URL"),
        description="Where Akash Chat is.",
    )  # fmt: skip
    bearer_token: SecretStr = Field(
        SecretStr(""), validation_alias=_inherited("BEARER_TOKEN"),
        description="The key callers must show; empty: none is needed.",
    )  # fmt: skip
    strict: bool = Field(
        default=False, description="Refuse a request with parameters that nothing here honours, instead of "
        "naming them in `x-akashchat-ignored`.",
    )  # fmt: skip
    compat: Literal["", "akashchat-api-go"] = Field(
        "", description="`akashchat-api-go`: the bare model list by default, and status 500 with "
        "`Error Model.` for an unknown model.",
    )  # fmt: skip
    server: ServerSettings = ServerSettings()
    akash: AkashSettings = AkashSettings()
    emulation: EmulationSettings = EmulationSettings()
    chat: ChatSettings = ChatSettings()
    logs: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add the TOML file, last."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=_config_file())
        return init_settings, env_settings, dotenv_settings, toml


class Option(BaseModel):
    """One setting, for people: its names, its default as text, its meaning."""

    variable: str
    toml: str
    default: str
    meaning: str


def load() -> Settings:
    """The settings of this process; raises ``BadSettings``."""
    file = _config_file()
    if "AKASHCHAT_CONFIG" in os.environ and not file.is_file():
        raise BadSettings(f"AKASHCHAT_CONFIG: there is no file {file}")
    if unknown := [*_mistyped(os.environ), *_mistyped(dotenv_values(".env")), *_unknown_in(file)]:
        raise BadSettings("\n".join(f"{name}: there is no such setting" for name in unknown))
    try:
        return Settings()
    except ValidationError as error:
        raise BadSettings("\n".join(_explained(error))) from None
    except ValueError as error:  # a value that is no JSON where a list is wanted
        raise BadSettings(str(error)) from None


def options() -> Iterator[Option]:
    """Every setting there is, in the order of this module."""
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, _Group):
            for inner, described in group.model_fields.items():
                yield Option(
                    variable=f"{_PREFIX}{name}_{inner}".upper(),
                    toml=f"[{name}] {inner}",
                    default=_shown(described.default),
                    meaning=described.description or "",
                )
        else:
            inherited = isinstance(field.validation_alias, AliasChoices)
            yield Option(
                variable=name.upper() if inherited else f"{_PREFIX}{name}".upper(),
                toml=name,
                default=_shown(field.default),
                meaning=field.description or "",
            )


def _config_file() -> pathlib.Path:
    return pathlib.Path(os.environ.get("AKASHCHAT_CONFIG", "akashchat.toml"))


def _mistyped(environment: Mapping[str, str | None]) -> list[str]:
    known = {option.variable for option in options()} | {"AKASHCHAT_CONFIG"}
    return [name for name in environment if name.upper().startswith(_PREFIX) and name.upper() not in known]


def _unknown_in(file: pathlib.Path) -> list[str]:
    """Top-level names of the file that are none of ours; groups check their own."""
    if not file.is_file():
        return []
    return [f"{name} in {file}" for name in _read_toml(file) if name not in Settings.model_fields]


def _read_toml(file: pathlib.Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{file}: {error}") from None


def _explained(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        path = [str(step) for step in problem["loc"]]
        name = path[0] if path[0].isupper() else _PREFIX + "_".join(path[:2]).upper()
        unknown = problem["type"] == "extra_forbidden"
        wrong = "there is no such setting" if unknown else problem["msg"].removeprefix("Value error, ")
        yield f"{name}: {wrong}"


def _shown(default: Any) -> str:
    if isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, list):
        return "[" + ", ".join(f'"{item}"' for item in default) + "]"
    return f"{default:g}" if isinstance(default, float) else str(default)
