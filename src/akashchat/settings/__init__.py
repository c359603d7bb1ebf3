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
from typing import Annotated, Any, Literal, TypeGuard

from dotenv import dotenv_values
from pydantic import AfterValidator, AliasChoices, BaseModel, Field, SecretStr, ValidationError
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
    LimitSettings,
    LogSettings,
    ModelSettings,
    PolicySettings,
    RedisSettings,
    ServerSettings,
    StorageSettings,
)
from akashchat.settings.upstreams import AkashMLSettings, AkashSettings, KeyedSettings
from akashchat.settings.values import Group, UpstreamName, address, http_url, split_address

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
        "localhost:16571", validation_alias=_inherited("SERVER_ADDRESS"), description="Where to listen."
    )
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
    logs: LogSettings = LogSettings()

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
    try:
        unknown = [*_mistyped(os.environ), *_mistyped(dotenv_values(".env")), *_unknown_in(file)]
    except UnicodeDecodeError as error:
        raise BadSettings(f".env is not UTF-8: {error.reason} at byte {error.start}") from None
    if unknown:
        raise BadSettings("\n".join(f"{name}: there is no such setting" for name in unknown))
    try:
        settings = Settings()
    except ValidationError as error:
        raise BadSettings("\n".join(_explained(error))) from None
    except ValueError as error:
        raise BadSettings(f'{error}; lists and tables are written as JSON, such as ["*"]') from None
    if not (settings.akash.enabled or settings.keyed()):
        raise BadSettings(
            "AKASHCHAT_AKASH_ENABLED: without it there must be AKASHCHAT_AKASHML_KEY or AKASHCHAT_UPSTREAMS"
        )
    return settings


def options() -> Iterator[Option]:
    """Every setting there is, in the order of this module."""
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if _is_group(group):
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
