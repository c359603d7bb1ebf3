"""Akash Chat as an upstream, put together."""

from akashchat.clock import Chance, Clock
from akashchat.settings import Settings
from akashchat.upstreams.akash.drawing import Drawing, DrawingOptions
from akashchat.upstreams.akash.listing import ModelList
from akashchat.upstreams.akash.quota import Quota
from akashchat.upstreams.akash.request import RequestOptions
from akashchat.upstreams.akash.sessions import Sessions
from akashchat.upstreams.akash.site import Site, SiteOptions
from akashchat.upstreams.akash.web import AkashWeb
from akashchat.upstreams.http.client import Http, HttpOptions
from akashchat.upstreams.listing import Listing


class Akash:
    """Its connections, its session, its pictures, its answers.

    It is there where it is not asked for answers, too: pictures of before may still be looked at.
    """

    def __init__(self, settings: Settings, clock: Clock, chance: Chance) -> None:
        self.http = Http(_http_options(settings), clock)
        self.site = Site(self.http, _site_options(settings))
        self.sessions = _sessions(settings, self.site, clock)
        models = ModelList(self.site, self.sessions, clock, AkashWeb.name)
        timeout_s = settings.akash.image_timeout_s
        self.pictures = Drawing(self.site, DrawingOptions(timeout_s=timeout_s), clock, chance)
        self.upstream = AkashWeb(
            self.site,
            self.sessions,
            Listing(models.fetch, models.trusted, clock),
            Quota(self.site, clock),
            self.pictures,
            options=RequestOptions(
                persona=settings.akash.persona, model_sampling=settings.akash.sampling == "model"
            ),
            clock=clock,
            chance=chance,
        )

    async def close(self) -> None:
        """Give up what is still asked on behalf of many."""
        await self.sessions.close()


def _http_options(settings: Settings) -> HttpOptions:
    akash = settings.akash
    return HttpOptions(
        base_url=settings.akash_base_url,
        proxy=akash.proxy.get_secret_value(),
        connect_timeout_s=akash.connect_timeout_s,
        first_byte_timeout_s=akash.first_byte_timeout_s,
        idle_timeout_s=akash.idle_timeout_s,
    )


def _site_options(settings: Settings) -> SiteOptions:
    return SiteOptions(
        base_url=settings.akash_base_url,
        user_agent=settings.akash.user_agent,
        cookie=settings.akash.cookie.get_secret_value(),
    )


def _sessions(settings: Settings, site: Site, clock: Clock) -> Sessions:
    cookie, token = settings.akash.cookie, settings.akash.access_token
    return Sessions(site, clock, own_cookie=cookie.get_secret_value(), access_token=token.get_secret_value())
