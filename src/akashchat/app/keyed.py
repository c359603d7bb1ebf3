"""An upstream that is asked by key, put together."""

from typing import Self

from akashchat import __version__
from akashchat.app.connections import connections
from akashchat.clock import Chance, Clock
from akashchat.settings.upstreams import KeyedSettings
from akashchat.upstreams.openai.api import Api, ApiOptions
from akashchat.upstreams.openai.models import ModelNames
from akashchat.upstreams.openai.upstream import KeyedOptions, OpenAICompatible


class Keyed:
    """Its answers; its connections are open while this is entered."""

    def __init__(self, name: str, settings: KeyedSettings, clock: Clock, chance: Chance) -> None:
        self.http = connections(settings.base_url, settings, clock)
        key = settings.key.get_secret_value()
        api = Api(self.http, ApiOptions(name=name, key=key, user_agent=f"akashchat/{__version__}"), clock)
        options = KeyedOptions(
            names=ModelNames(settings.models, settings.only),
            lacks=frozenset(settings.lacks),
            forwards=frozenset(settings.forwards),
        )
        self.upstream = OpenAICompatible(api, options, clock, chance)

    async def __aenter__(self) -> Self:
        await self.http.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.__aexit__()
