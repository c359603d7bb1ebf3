"""Every option, its default, its meaning.

A setting comes from the environment, from ``.env``, or from a TOML file (``akashchat.toml``, or the file
that ``AKASHCHAT_CONFIG`` names), the earlier beating the later.  ``AKASHCHAT_<ROOM>_<NAME>`` in the
environment is ``[room] name`` in TOML; three names are inherited and carry no prefix.  A name that does
not exist is refused: a mistyped setting must not look like one that is obeyed.
"""

import json
import os
import pathlib
import tomllib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeGuard

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from akashchat.settings.groups import (
    ChatSettings,
    DatabaseSettings,
    EmulationSettings,
    LedgerSettings,
    LimitSettings,
    LogSettings,
    ModelSettings,
    PolicySettings,
    RedisSettings,
    ServerSettings,
    StorageSettings,
)
from akashchat.settings.option import Option, origins
from akashchat.settings.telemetry import TelemetrySettings
from akashchat.settings.upstreams import AkashMLSettings, AkashSettings, KeyedSettings
from akashchat.settings.values import AT_START, Group, UpstreamName, address, http_url, split_address

__all__ = ["BadSettings", "Option", "Settings", "load", "options", "split_address"]

_PREFIX = "AKASHCHAT_"


class BadSettings(ValueError):
    """Settings that cannot be used; the message has a line for each."""


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

    server_address: Annotated[str, AfterValidator(address)] = Field(
        "localhost:16571", validation_alias=_inherited("SERVER_ADDRESS"), description="Where to listen.",
        json_schema_extra=AT_START,
    )  # fmt: skip
    akash_base_url: Annotated[str, AfterValidator(http_url)] = Field(
        "https://chat.akash.network", validation_alias=_inherited("AKASH_BASE_URL"),
        description="Where Akash Chat is.",
    )  # fmt: skip
    bearer_token: SecretStr = Field(
        SecretStr(""), validation_alias=_inherited("BEARER_TOKEN"),
        description="A key that opens everything, also to admins; empty: there is none, see `docs/keys.md`.",
    )  # fmt: skip
    keys_required: bool = Field(
        default=False, description="Let nobody in without a key, also while none is issued; without it, and without "
        "`BEARER_TOKEN`, the gateway is open to all until the first key is issued.",
    )  # fmt: skip
    strict: bool = Field(
        default=False, description="Refuse a request with parameters that nothing here honours, instead of "
        "naming them in `x-akashchat-ignored`.",
    )  # fmt: skip
    compat: Literal["", "akashchat-api-go"] = Field(
        "", description="`akashchat-api-go`: the bare model list by default, and status 500 with "
        "`Error Model.` for an unknown model.",
    )  # fmt: skip
    upstreams: dict[UpstreamName, KeyedSettings] = Field(
        {}, description="More upstreams that speak OpenAI's Chat Completions, by a name of your own, as a JSON object: "
        '`{"mine": {"base_url": "http://localhost:8000/v1"}}`. Each takes the options of `akashml`.',
    )  # fmt: skip
    server: ServerSettings = ServerSettings()
    akash: AkashSettings = AkashSettings()
    akashml: AkashMLSettings = AkashMLSettings()
    policies: PolicySettings = PolicySettings()
    limits: LimitSettings = LimitSettings()
    emulation: EmulationSettings = EmulationSettings()
    models: ModelSettings = ModelSettings()
    chat: ChatSettings = ChatSettings()
    storage: StorageSettings = StorageSettings()
    redis: RedisSettings = RedisSettings()
    database: DatabaseSettings = DatabaseSettings()
    ledger: LedgerSettings = LedgerSettings()
    logs: LogSettings = LogSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def origins(self) -> Mapping[str, str]:
        """Where each comes from that is not the default, by its variable; known of settings that were loaded."""
        return self._origins

    @property
    def shares_database(self) -> bool:
        """Whether other processes use the same database: other gateways, or workers of this one."""
        return bool(self.database.url.get_secret_value()) or self.server.workers > 1

    def keyed(self) -> dict[str, KeyedSettings]:
        """The upstreams asked by key, by name: AkashML where it has one, and those the operator declared."""
        akashml = {"akashml": self.akashml} if self.akashml.key.get_secret_value() else {}
        return {**akashml, **self.upstreams}

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


def load(given: Mapping[str, Any] = MappingProxyType({})) -> Settings:
    """The settings of this process; what is ``given`` beats all other sources.  Raises ``BadSettings``."""
    file = _config_file()
    if "AKASHCHAT_CONFIG" in os.environ and not file.is_file():
        raise BadSettings(f"AKASHCHAT_CONFIG: there is no file {file}")
    try:
        dotenv = dotenv_values(".env")
    except UnicodeDecodeError as error:
        raise BadSettings(f".env is not UTF-8: {error.reason} at byte {error.start}") from None
    table = _read_toml(file) if file.is_file() else {}
    unknown = [*_mistyped(os.environ), *_mistyped(dotenv), *_unknown_in(table, file)]
    if unknown:
        raise BadSettings("\n".join(f"{name}: there is no such setting" for name in unknown))
    settings = _read(given)
    sources = {"the command line": given, "the environment": os.environ, ".env": dotenv, str(file): table}
    settings._origins.update(origins(options(), sources))  # noqa: SLF001  its own reader
    return settings


def _read(given: Mapping[str, Any]) -> Settings:
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise BadSettings("\n".join(_explained(error))) from None
    except ValueError as error:
        raise BadSettings(f'{error}; lists and tables are written as JSON, such as ["*"]') from None
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    """What no option can tell by itself."""
    if not (settings.akash.enabled or settings.keyed()):
        raise BadSettings(
            "AKASHCHAT_AKASH_ENABLED: without it there must be AKASHCHAT_AKASHML_KEY or AKASHCHAT_UPSTREAMS"
        )
    if settings.server.workers > 1 and not (
        settings.storage.file() or settings.database.url.get_secret_value()
    ):
        raise BadSettings(
            "AKASHCHAT_SERVER_WORKERS: several share what they keep, and each would have its own in ':memory:'"
        )


def options() -> Iterator[Option]:
    """Every setting there is, in the order of this module."""
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if _is_group(group):
            for inner, described in group.model_fields.items():
                yield _option(f"{_PREFIX}{name}_{inner}", (name, inner), described)
        else:
            inherited = isinstance(field.validation_alias, AliasChoices)
            yield _option(name if inherited else f"{_PREFIX}{name}", (name,), field)


def _option(variable: str, path: tuple[str, ...], field: FieldInfo) -> Option:
    return Option(
        variable=variable.upper(),
        path=path,
        default=_shown(field.default),
        meaning=field.description or "",
        at_start=field.json_schema_extra == AT_START,
    )


def _config_file() -> pathlib.Path:
    return pathlib.Path(os.environ.get("AKASHCHAT_CONFIG", "akashchat.toml"))


def _mistyped(environment: Mapping[str, str | None]) -> list[str]:
    known = {option.variable for option in options()} | {"AKASHCHAT_CONFIG"}
    return [name for name in environment if name.upper().startswith(_PREFIX) and name.upper() not in known]


def _unknown_in(table: Mapping[str, Any], file: pathlib.Path) -> list[str]:
    """Top-level names of the file that are none of ours; groups check their own."""
    return [f"{name} in {file}" for name in table if name not in Settings.model_fields]


def _read_toml(file: pathlib.Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{file}: {error}") from None


def _explained(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        variable, *within = _named([str(step) for step in problem["loc"] if step != "[key]"])
        unknown = problem["type"] == "extra_forbidden"
        wrong = "there is no such setting" if unknown else problem["msg"].removeprefix("Value error, ")
        yield ": ".join([variable, *filter(None, [".".join(within)]), wrong])


def _named(path: list[str]) -> list[str]:
    """The variable that holds what is wrong, and the steps within its JSON."""
    if path[0].isupper():
        return path
    steps = 2 if _is_group(Settings.model_fields[path[0]].annotation) else 1
    return [_PREFIX + "_".join(path[:steps]).upper(), *path[steps:]]


def _is_group(kind: Any) -> TypeGuard[type[Group]]:
    return isinstance(kind, type) and issubclass(kind, Group)


def _shown(default: Any) -> str:
    if isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, list):
        return "[" + ", ".join(f'"{item}"' for item in default) + "]"
    if isinstance(default, dict):
        return json.dumps(default)
    return f"{default:g}" if isinstance(default, float) else str(default)
