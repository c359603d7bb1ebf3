"""Akash Chat, put together: connections, session, models, quota, pictures, and the alarm for what is new there."""

import pathlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from akashchat.app.connections import connections
from akashchat.app.shelves import Shelves
from akashchat.clock import Chance, Clock
from akashchat.settings import Settings
from akashchat.storage.base import Shelf
from akashchat.storage.captures import CaptureFolder
from akashchat.upstreams.akash.drawing import Drawing, DrawingOptions
from akashchat.upstreams.akash.drift import DriftAlarm
from akashchat.upstreams.akash.listing import ModelList
from akashchat.upstreams.akash.quota import Quota, QuotaOptions
from akashchat.upstreams.akash.rationed import Rationed
from akashchat.upstreams.akash.request import RequestOptions
from akashchat.upstreams.akash.session import SessionShelf, session_name
from akashchat.upstreams.akash.sessions import Sessions
from akashchat.upstreams.akash.site import Site, SiteOptions
from akashchat.upstreams.akash.web import AkashWeb
from akashchat.upstreams.akash.word import Words, word_name
from akashchat.upstreams.base import Upstream
from akashchat.upstreams.listing import Listing


class Akash:
    """``web`` answers; its connections are open while this is entered.

    It is there where it is not asked for answers, too: pictures of before may still be looked at.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        chance: Chance,
        shelves: Shelves,
        *,
        drifted: Callable[[str], object],
    ) -> None:
        akash = settings.akash
        cookie = akash.cookie.get_secret_value()
        self._clock = clock
        self._captures = _captures(settings)
        self.alarm = DriftAlarm(clock, drifted, self._captures.keep if self._captures else None)
        self.http = connections(settings.akash_base_url, akash, clock)
        self.site = Site(self.http, _site_options(settings), self.alarm)
        token = akash.access_token.get_secret_value()
        session = SessionShelf(shelves.own, clock, session_name(settings.akash_base_url, token))
        self.sessions = Sessions(self.site, session, clock, own_cookie=cookie, access_token=token)
        self.drawing = Drawing(self.site, DrawingOptions(timeout_s=akash.image_timeout_s), clock, chance)
        options = QuotaOptions(mode=akash.quota, wait_s=akash.quota_wait_s)
        self.quota = Quota(self.site, clock, options, _words(settings, shelves.shared))
        models = ModelList(self.site, self.sessions, clock, AkashWeb.name)
        self.web = AkashWeb(
            self.site,
            self.sessions,
            Listing(models.fetch, models.trusted, clock),
            self.quota,
            self.drawing,
            options=RequestOptions(persona=akash.persona, model_sampling=akash.sampling == "model"),
            clock=clock,
            chance=chance,
        )

    def rationed(self, upstream: Upstream) -> Rationed:
        """``web``, or what wraps it, within the quota."""
        return Rationed(upstream, self.quota, self._clock)

    def state(self) -> dict[str, object]:
        """What there is to tell of it, as JSON."""
        problem = self._captures.problem if self._captures is not None else ""
        told: dict[str, object] = {
            "session": self.sessions.state(),
            "quota": self.quota.state(),
            "drift": self.alarm.state(),
        }
        return {**told, "captures": problem} if problem else told

    async def __aenter__(self) -> Self:
        await self.http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sessions.close()
        await self.quota.close()
        if self._captures is not None:
            await self._captures.close()
        await self.http.__aexit__(kind, error, trace)


def _words(settings: Settings, shared: Shelf | None) -> Words | None:
    if shared is None or not settings.akash.quota_shared:
        return None
    return Words(shared, word_name(settings.akash_base_url, settings.akash.proxy.get_secret_value()))


def _captures(settings: Settings) -> CaptureFolder | None:
    """Where strange replies are kept: where the settings say, or beside the database."""
    chosen, database = settings.akash.captures, settings.storage.file()
    if chosen == "none" or not (chosen or database):
        return None
    return CaptureFolder(chosen or str(pathlib.Path(database).parent / "captures"))


def _site_options(settings: Settings) -> SiteOptions:
    return SiteOptions(
        base_url=settings.akash_base_url,
        user_agent=settings.akash.user_agent,
        cookie=settings.akash.cookie.get_secret_value(),
    )
