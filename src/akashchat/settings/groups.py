"""The options, in groups by room, and what values they take."""

import os
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from akashchat.settings.aliases import checked
from akashchat.settings.values import (
    AT_START,
    Dollars,
    Group,
    Origin,
    PostgresUrl,
    RedisUrl,
    Seconds,
    lower,
    optional_url,
)


class ServerSettings(Group):
    """The HTTP server."""

    workers: Annotated[int, Field(ge=1, le=256)] = Field(
        1, description="How many processes serve, as `serve --workers` says too; see docs/processes.md.",
        json_schema_extra=AT_START,
    )  # fmt: skip
    public_url: Annotated[str, AfterValidator(optional_url)] = Field(
        "", description="Where clients reach the gateway; links to pictures begin with it. "
        "Empty: the address each client called.",
    )  # fmt: skip
    cors_origins: list[Origin] = Field(
        [], description="Origins of web pages that may call the gateway, as a JSON list; "
        '`["*"]` for all, then without credentials.',
    )  # fmt: skip
    max_body_bytes: int = Field(
        32 * 1024 * 1024, gt=0, description="The largest request body.", json_schema_extra=AT_START
    )
    body_timeout_s: Seconds = Field(60.0, description="How long a request's body may take to come.")
    grace_s: Seconds = Field(
        10.0, description="How long a stream's status is held for its first event; then it begins with 200 "
        "and keep-alive comments.",
    )  # fmt: skip
    ping_s: Seconds = Field(15.0, description="After what silence a stream gets a keep-alive comment.")
    ready_timeout_s: Seconds = Field(
        5.0, description="How long `/health/ready` waits for the upstreams' models."
    )
    secret: SecretStr = Field(
        SecretStr(""), description="What the page's cookies and links to pictures are signed with; `BEARER_TOKEN` "
        "where this is empty, and without both something that ends with the process.",
    )  # fmt: skip
    trusted_user_headers: bool = Field(
        default=False, description="Believe `X-OpenWebUI-User-Email`, `-Id` and `-Name`, so that users behind one key "
        "are told apart.",
    )  # fmt: skip
    shutdown_s: Seconds = Field(
        120.0, description="How long running answers may go on after a stop.", json_schema_extra=AT_START
    )


class EmulationSettings(Group):
    """What the gateway does to answers."""

    thinks_first: list[str] = Field(
        ["*DeepSeek-R1*", "*QwQ*", "*Thinking*"],
        description="Patterns of model ids, as a JSON list, whose answers begin with thoughts that lack "
        "their `<think>`.",
    )


class PolicySettings(Group):
    """What the gateway does when upstreams fail."""

    rescue: bool = Field(
        default=True, description="Go on with a stream that was cut: another upstream, or the same again, is asked "
        "for the rest, and it is joined on where its first words repeat the last ones that came.",
    )  # fmt: skip
    retry_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.2,
        description="How many of an upstream's requests may be further tries, as a share of those of late.",
    )
    breaker_failures: Annotated[int, Field(ge=1)] = Field(
        5, description="After so many failures in a row a model is left alone at an upstream, for a while."
    )
    breaker_cooldown_s: Seconds = Field(
        5.0, description="For how long at first; each time it fails again twice as long, up to four times."
    )
    idempotency_s: Annotated[float, Field(ge=0, le=86_400)] = Field(
        600.0, description="How long an answer is kept for who asks again with the same `Idempotency-Key`; `0` keeps "
        "none.", json_schema_extra=AT_START,
    )  # fmt: skip


_Most = Annotated[int, Field(ge=0, le=10**15)]


class LimitSettings(Group):
    """How much callers may ask for who have no issued key: all who show `BEARER_TOKEN`, or nothing, together."""

    requests_per_minute: _Most = Field(
        0, description="Requests in each minute; `0`: as many as they like, as below."
    )
    tokens_per_minute: _Most = Field(
        0, description="Tokens in each minute, of what is asked and answered together."
    )
    tokens_per_day: _Most = Field(0, description="Tokens on each day, which begins at midnight UTC.")
    tokens_per_month: _Most = Field(0, description="Tokens in each month, which begins at midnight UTC.")
    concurrency: _Most = Field(0, description="Answers under way at a time.")
    output_tokens: Annotated[int, Field(ge=16, le=10_000_000)] = Field(
        8192, description="Of any caller whose tokens are limited: how many an answer may have where the request does "
        "not say. They are set aside until it is over, and end it.",
    )  # fmt: skip
    margin: Annotated[float, Field(ge=1, le=10)] = Field(
        1.1, description="How many times as many tokens are set aside as the gateway counts: upstreams count with "
        "vocabularies of their own.",
    )  # fmt: skip
    when_down: Literal["local", "refuse"] = Field(
        "local", description="While the database that all processes count in does not answer: `local` has each count by "
        "itself, from what it last knew; `refuse` answers no caller with limits.", json_schema_extra=AT_START,
    )  # fmt: skip


class ModelSettings(Group):
    """The names of models."""

    aliases: Annotated[dict[str, str], AfterValidator(checked)] = Field(
        {}, description="Other names for models, as a JSON object: "
        '`{"gpt-4o-mini": "DeepSeek-V3.2", "claude-*": "DeepSeek-V3.2"}`. `*` stands for any text; whole names go '
        "first, then the longest pattern. A name that stands for itself is kept from the patterns.",
    )  # fmt: skip
    fallbacks: dict[str, list[str]] = Field(
        {}, description="Models that stand in for others where no upstream answers with these, as a JSON object of "
        'lists: `{"DeepSeek-V3.2": ["Qwen3-235B"], "*": ["Meta-Llama-3-3-70B-Instruct"]}`.',
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
        "is set. `:memory:`: no file, and what is kept is lost at the end.", json_schema_extra=AT_START,
    )  # fmt: skip
    retention_days: Annotated[float, Field(ge=0, le=36_500)] = Field(
        30.0, description="How long responses are kept, for `previous_response_id` and to be shown again; "
        "`0` keeps none.", json_schema_extra=AT_START,
    )  # fmt: skip

    def file(self) -> str:
        """The database's file; empty for memory."""
        # https://specifications.freedesktop.org/basedir-spec/latest/
        home = os.environ.get("XDG_DATA_HOME", "")
        if self.path == _DATABASE and home:
            return f"{home}/akashchat/akashchat.db"
        return "" if self.path == ":memory:" else self.path


class RedisSettings(Group):
    """What many gateways share."""

    url: RedisUrl = Field(
        SecretStr(""), description="A Redis by which gateways share Akash's session, what they know of its quota, "
        "limits, and answers with an `Idempotency-Key`: `redis://[user:password@]host:6379/0`, `rediss://` with TLS, "
        "`unix://`, or `redis+sentinel://one:26379,two:26379/master/0`. Empty: each is on its own.",
        json_schema_extra=AT_START,
    )  # fmt: skip
    timeout_s: Seconds = Field(
        0.25,
        description="How long Redis may take to answer before it counts as down; nobody waits for it any longer.",
        json_schema_extra=AT_START,
    )


class DatabaseSettings(Group):
    """A database that several gateways share."""

    url: PostgresUrl = Field(
        SecretStr(""), description="PostgreSQL's address, `postgresql://user:password@host/name`; needs the extra "
        "`postgres`. Empty: SQLite, in the file that `AKASHCHAT_STORAGE_PATH` names.", json_schema_extra=AT_START,
    )  # fmt: skip


class LedgerSettings(Group):
    """The ledger: a row for each answer."""

    retention_days: Annotated[float, Field(ge=0, le=36_500)] = Field(
        90.0, description="How long rows are kept; `0` writes none."
    )
    prices: dict[str, tuple[Dollars, Dollars]] = Field(
        {}, description="What a million tokens cost in dollars, asked and answered, by model, as a JSON object: "
        '`{"DeepSeek-V3.2": [0.28, 0.42], "akashml/*": [0.5, 1.5]}`. `*` stands for any text; whole names go first, '
        "then the longest pattern. Where none fits, the prices count that the upstream lists.",
    )  # fmt: skip
    bodies: bool = Field(
        default=False, description="Keep what is asked and answered, too, less what looks like a key, a token, an "
        "e-mail address, or the number of a card or a telephone; at most 256 KB of each.",
    )  # fmt: skip
    bodies_days: Annotated[float, Field(ge=0, le=36_500)] = Field(
        7.0, description="How long that is kept; rows may be kept longer."
    )


class LogSettings(Group):
    """Logs, on standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lower)] = Field(
        "info", description="From which level on."
    )
    format: Literal["auto", "console", "json"] = Field(
        "auto", description="`console` for eyes, `json` for machines; `auto` is `console` in a terminal."
    )
    access: bool = Field(
        default=False, description="Also write a line for each request, whatever is asked.", json_schema_extra=AT_START
    )  # fmt: skip
