"""The connections to an upstream, as its settings have them."""

from akashchat.clock import Clock
from akashchat.settings.upstreams import AkashSettings, KeyedSettings
from akashchat.upstreams.http.client import Http, HttpOptions


def connections(base_url: str, settings: AkashSettings | KeyedSettings, clock: Clock) -> Http:
    """Connections that may be made once this is entered."""
    options = HttpOptions(
        base_url=base_url,
        proxy=settings.proxy.get_secret_value(),
        connect_timeout_s=settings.connect_timeout_s,
        first_byte_timeout_s=settings.first_byte_timeout_s,
        idle_timeout_s=settings.idle_timeout_s,
    )
    return Http(options, clock)
