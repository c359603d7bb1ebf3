"""The options of upstreams: what all have, and what is Akash's alone."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, SecretStr

from akashchat import __version__
from akashchat.settings.values import Group, Header, Proxy, Seconds, Secret, http_url

Forwarded: TypeAlias = Literal[
    "embeddings", "rerank", "moderations", "audio/speech", "audio/transcriptions", "audio/translations"
]
"""What may be forwarded."""

_AKASHML = "https://api.akashml.com/v1"


class UpstreamSettings(Group):
    """What all upstreams have."""

    order: Annotated[int, Field(ge=0, le=1000)] = Field(
        1, description="Of the upstreams that have a model, those of the lowest order are asked first, the others "
        "where they fail.",
    )  # fmt: skip
    weight: Annotated[float, Field(gt=0, le=1000)] = Field(
        1.0, description="Among upstreams of the same order, how often this one is asked first."
    )
    connect_timeout_s: Seconds = Field(8.0, description="How long connecting may take.")
    first_byte_timeout_s: Seconds = Field(
        290.0, description="How long it may be silent before its answer begins; a model that thinks is."
    )
    first_token_timeout_s: Seconds = Field(
        290.0, description="How long the first word of its answer may take, or its first thought."
    )
    idle_timeout_s: Seconds = Field(290.0, description="How long it may be silent within an answer.")
    total_timeout_s: Seconds = Field(3600.0, description="How long a whole answer may take.")
    retries: Annotated[int, Field(ge=0, le=10)] = Field(
        1, description="How often it is asked again, for one request, after a failure that may pass."
    )
    concurrency: Annotated[int, Field(ge=0)] = Field(
        0, description="How many answers it gives at a time; who comes later waits in turn. 0: no bound."
    )
    waiting: Annotated[int, Field(ge=0)] = Field(
        1000, description="How many may wait for their turn; the next one is refused."
    )


class AkashSettings(UpstreamSettings):
    """Akash Chat as an upstream."""

    enabled: bool = Field(
        default=True,
        description="Whether Akash Chat is asked for answers; pictures it drew before are fetched all the same.",
    )

    user_agent: Header = Field(
        f"akashchat/{__version__}",
        description="The User-Agent sent to Akash; with `cookie`, that cookie's browser's.",
    )
    cookie: Secret = Field(
        SecretStr(""), description="Cookies of your own browser for Akash Chat, as in a `Cookie` header: "
        "`cf_clearance` after a bot check, a login, or a `session_token`.",
    )  # fmt: skip
    access_token: Secret = Field(
        SecretStr(""), description="The access token of a private Akash Chat deployment."
    )
    proxy: Proxy = Field(
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
    image_timeout_s: Seconds = Field(180.0, description="How long a picture may take.")
    quota: Literal["failover", "wait", "refuse"] = Field(
        "failover", description="What becomes of a request while the token quota is spent: `failover` asks the next "
        "upstream, `wait` waits for the quota's return if that is near, `refuse` tells when it returns.",
    )  # fmt: skip
    quota_wait_s: Seconds = Field(
        600.0, description="The longest wait for the quota's return, where `quota` is `wait`."
    )
    quota_shared: bool = Field(
        default=True, description="Whether gateways with one Redis also share what they know of the token quota. Turn "
        "it off where they reach Akash from different addresses, each of which has a quota of its own.",
    )  # fmt: skip
    captures: str = Field(
        "", description="A folder for replies of a form that Akash did not use to have, with other words in them, to be "
        "played again by `akashchat replay`. Empty: `captures` beside the database, and nowhere where that has no "
        "file; `none`: nowhere.",
    )  # fmt: skip


class KeyedSettings(UpstreamSettings):
    """An upstream that speaks OpenAI's Chat Completions, by key."""

    base_url: Annotated[str, AfterValidator(http_url)] = Field(
        description="Where its API is, with the path before `/chat/completions`, such as `https://host/v1`."
    )
    key: Secret = Field(SecretStr(""), description="The key it is asked with.")
    models: dict[str, str] = Field(
        {}, description="Other names for its models, as a JSON object: the name here, and its own."
    )
    only: list[str] = Field(["*"], description="Patterns of the models it is asked for, as a JSON list.")
    lacks: list[str] = Field(
        [], description="Parameters that it does not follow though it takes them, as a JSON list: `tools`, "
        "`response_format`, `stop` and `max_tokens` are then done by the gateway.",
    )  # fmt: skip
    forwards: list[Forwarded] = Field(
        ["embeddings"], description="Endpoints it has beside chat, as a JSON list: `embeddings`, `rerank`, "
        "`moderations`, `audio/speech`, `audio/transcriptions`, `audio/translations`.",
    )  # fmt: skip
    proxy: Proxy = Field(
        SecretStr(""), description="A proxy to reach it through: `http://`, `socks4://` or `socks5://`."
    )


class AkashMLSettings(KeyedSettings):
    """AkashML, Akash's API by key, as an upstream: asked where it has a key."""

    order: Annotated[int, Field(ge=0, le=1000)] = Field(
        2, description="Of the upstreams that have a model, those of the lowest order are asked first, the others "
        "where they fail.",
    )  # fmt: skip
    base_url: Annotated[str, AfterValidator(http_url)] = Field(_AKASHML, description="Where its API is.")
    forwards: list[Forwarded] = Field(
        [],
        description='Endpoints it has beside chat, as a JSON list, such as `["embeddings"]`; AkashML documents none.',
    )
