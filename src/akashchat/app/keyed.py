"""An upstream that is asked by key, put together."""

from akashchat import __version__
from akashchat.clock import Chance, Clock
from akashchat.settings.upstreams import KeyedSettings
from akashchat.upstreams.http.client import Http, HttpOptions
from akashchat.upstreams.openai.api import Api, ApiOptions
from akashchat.upstreams.openai.models import Names
from akashchat.upstreams.openai.upstream import KeyedOptions, OpenAICompatible


class Keyed:
    """Its connections and its answers."""

    def __init__(self, name: str, settings: KeyedSettings, clock: Clock, chance: Chance) -> None:
        self.http = Http(_http_options(settings), clock)
        key = settings.key.get_secret_value()
        api = Api(self.http, ApiOptions(name=name, key=key, user_agent=f"akashchat/{__version__}"), clock)
        options = KeyedOptions(
            names=Names(settings.models, settings.only),
            lacks=frozenset(settings.lacks),
            forwards=frozenset(settings.forwards),
        )
        self.upstream = OpenAICompatible(api, options, clock, chance)


def _http_options(settings: KeyedSettings) -> HttpOptions:
    return HttpOptions(
        base_url=settings.base_url,
        proxy=settings.proxy.get_secret_value(),
        connect_timeout_s=settings.connect_timeout_s,
        first_byte_timeout_s=settings.first_byte_timeout_s,
        idle_timeout_s=settings.idle_timeout_s,
    )
