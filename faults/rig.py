"""The gateway on a socket, and stand-ins for what it asks."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from akashchat.app import create_app
from akashchat.server.listening import listen
from akashchat.server.serve import serving
from akashchat.settings import Settings
from akashchat.simulator import Simulator
from akashchat.simulator.keyed import ANSWER, KeyedModel, KeyedSimulator
from akashchat.simulator.keyed.voice import tokens
from faults.clock import Hurried

Setup = Literal["alone", "backed"]
"""One upstream, or a second one behind it."""

MODEL: Final = "Qwen/Qwen3-30B-A3B"
OTHER: Final = "meta-llama/Llama-3.3-70B-Instruct"
DRAWS: Final = "AkashGen"

KEY: Final = "akml-stand-in"
LARGE: Final = 1_000_000

_PATIENT: Final = {"breaker_failures": 1_000, "retry_share": 1.0}
"""Every case must meet its fault, and not what the gateway made of the one before."""
_CONNECT: Final = {"connect_timeout_s": 200}
"""All that is here shares one loop, where even connecting may take a while."""


@dataclass
class Rig:
    """What a case plays with."""

    urls: Sequence[str]
    akash: Simulator
    keyed: KeyedSimulator
    """The upstream by key that is asked first, where Akash is not."""
    second: KeyedSimulator
    first_is_akash: bool

    @property
    def url(self) -> str:
        """Where the gateway is."""
        return self.urls[0]

    @property
    def asked(self) -> int:
        """How often the first upstream was asked for an answer."""
        return len(self.akash.chats if self.first_is_akash else self.keyed.chats)

    def reset(self) -> None:
        """All is well."""
        for stand_in in (self.akash, self.keyed, self.second):
            stand_in.reset()
        self.akash.say(*tokens(ANSWER), times=None)


@asynccontextmanager
async def rigged(
    setup: Setup,
    *,
    akash: bool,
    options: Mapping[str, Any],
    workers: int = 1,
    quota_tokens: int | None = None,
    second_has: Sequence[str] = (MODEL,),
) -> AsyncIterator[Rig]:
    """A gateway before stand-ins; ``options`` are settings by name, merged with the rig's own."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(Simulator(quota_tokens=quota_tokens, image_polls=0))
        first = await stack.enter_async_context(KeyedSimulator(key=KEY, models=[KeyedModel(id=MODEL)]))
        names = [KeyedModel(id=name, context_length=LARGE, takes_prefill=False) for name in second_has]
        second = await stack.enter_async_context(KeyedSimulator(key=KEY, models=names))
        upstreams = (
            {} if akash else {"first": {"base_url": first.base_url, "key": KEY, "order": 1, **_CONNECT}}
        )
        if setup == "backed":
            upstreams["second"] = {"base_url": second.base_url, "key": KEY, "order": 2, **_CONNECT}
        own = {"akash": {"enabled": akash, **_CONNECT}, "upstreams": upstreams, "policies": _PATIENT}
        merged = _merged(own, options)
        urls = [await stack.enter_async_context(_gateway(site.url, merged)) for _ in range(workers)]
        rig = Rig(urls, site, first, second, first_is_akash=akash)
        rig.reset()
        yield rig


def _merged(own: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Both, tables within tables too."""
    merged = dict(own)
    for name, value in more.items():
        known = merged.get(name)
        merged[name] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


@asynccontextmanager
async def _gateway(akash_url: str, options: Mapping[str, Any]) -> AsyncIterator[str]:
    quiet = {"storage": {"path": ":memory:"}, "logs": {"level": "error"}, "AKASH_BASE_URL": akash_url}
    settings = Settings(_env_file=None, **_merged(quiet, options))
    sockets = listen("127.0.0.1", 0)
    async with serving(create_app(settings, clock=Hurried()), sockets, shutdown_s=1):
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
