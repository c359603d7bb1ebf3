"""Akash Chat: its bot check, its session, its quota, its models, a chat and a picture."""

from datetime import datetime

from akashchat.app.akash import Akash
from akashchat.app.shelves import alone
from akashchat.clock import Chance, Clock
from akashchat.doctor import asking
from akashchat.doctor.asking import CHAT_S
from akashchat.doctor.base import (
    DEFAULT_LIMIT_S,
    Check,
    Finding,
    Look,
    failed,
    failed_with,
    ok,
    skipped,
    warning,
)
from akashchat.doctor.network import Way, network_checks
from akashchat.doctor.notes import Notes
from akashchat.emulation.emulated import Emulated, EmulationOptions
from akashchat.errors import BotCheck, GatewayError, SessionRejected, UpstreamTimeout
from akashchat.settings import Settings
from akashchat.upstreams.akash.session import Session

_SESSION_S = 20.0
_LITTLE = 0.1
"""Of the quota."""
_NO_MODELS = "Look into the app with a browser; try again later."
_UNTIL_THEN = (
    "Wait until then, or give the gateway another upstream, such as AkashML with `AKASHCHAT_AKASHML_KEY`."
)


class AkashVisit:
    """Akash Chat, looked at from outside in."""

    def __init__(self, settings: Settings, clock: Clock, chance: Chance, *, image: bool) -> None:
        self.parts = Akash(_keeping_nothing(settings), clock, chance, alone(), drifted=lambda _: None)
        self._upstream = Emulated(self.parts.web, EmulationOptions(), chance)
        self._settings = settings
        self._clock = clock
        self._image = image
        self._arrival: Session | GatewayError | None = None
        self._way = Way(
            subject=self.parts.web.name,
            base_url=settings.akash_base_url,
            proxied=bool(settings.akash.proxy.get_secret_value()),
            address_setting="AKASH_BASE_URL",
            proxy_setting="AKASHCHAT_AKASH_PROXY",
        )

    def checks(self, notes: Notes) -> list[Check]:
        """What to look at."""
        upstream, clock = self._upstream, self._clock

        async def picture() -> Finding:
            if self._image:
                return await asking.drawing(upstream, notes, clock)
            return skipped("a picture is not drawn for nothing; --image has one drawn")

        def check(name: str, look: Look, *needs: str, limit_s: float = DEFAULT_LIMIT_S) -> Check:
            return Check(subject=self._way.subject, name=name, look=look, needs=needs, limit_s=limit_s)

        image_s = self._settings.akash.image_timeout_s + CHAT_S
        inside = ("session", "quota", "models")
        return [
            *network_checks(self._way, self.parts.http, notes, clock),
            check("bot check", self._bot_check, "tls"),
            check("session", self._session, "tls", "bot check"),
            check("quota", self._quota, "tls", "bot check"),
            check("models", lambda: asking.models(upstream, notes, _NO_MODELS), "session"),
            check("chat", lambda: asking.chat(upstream, notes, notes.wanted, clock), *inside, limit_s=CHAT_S),
            check("image", picture, *inside, limit_s=image_s),
            check("drift", self._drift, "session"),
        ]

    async def _arrive(self) -> Session | GatewayError:
        """The one session, or why there is none; it is asked for once."""
        if self._arrival is None:
            try:
                async with self._clock.timeout(_SESSION_S):
                    self._arrival = await self.parts.sessions.lease()
            except TimeoutError:
                self._arrival = UpstreamTimeout(f"Akash gave no session within {_SESSION_S:g} seconds")
            except GatewayError as error:
                self._arrival = error
        return self._arrival

    async def _bot_check(self) -> Finding:
        match await self._arrive():
            case BotCheck() as error:
                return failed_with(error)
            case Session() | SessionRejected():
                return ok("none stands before the app")
            case _:
                return skipped("no session came, so nothing can be said; see the next line")

    async def _session(self) -> Finding:
        match await self._arrive():
            case GatewayError() as error:
                return failed_with(error)
            case Session() as session if session.ends_at == float("inf"):
                return ok("the one in AKASHCHAT_AKASH_COOKIE")
            case session if not session.cookie:
                return ok("this deployment asks for none")
            case session:
                return ok(f"given for {(session.ends_at - self._clock.monotonic()) / 60:.0f} minutes")

    async def _quota(self) -> Finding:
        quota = self.parts.quota
        await quota.look()
        state = quota.state()
        when = f"; it starts anew at {_told(state['resets_at'])}" if state["resets_at"] else ""
        if state["spent"]:
            return failed(f"spent{when}", _UNTIL_THEN)
        if state["left"] is None:
            return skipped("this version of the app does not tell of it")
        seen = f"{state['left']:.0%} left{when}"
        return ok(seen) if state["left"] >= _LITTLE else warning(seen, _UNTIL_THEN)

    async def _drift(self) -> Finding:
        seen = self.parts.alarm.state()
        if not seen:
            return ok("all replies were as they are known")
        strange = "; ".join(f"{kind}: {drift['what']}" for kind, drift in seen.items())
        return warning(
            f"replies of a form that is new here: {strange}",
            "Answers may be right all the same; look for a newer version. A running gateway keeps such replies, without "
            "their words, for `akashchat replay`.",
        )


def _told(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().isoformat(timespec="seconds")


def _keeping_nothing(settings: Settings) -> Settings:
    """The settings without a folder for strange replies: that one is the gateway's to write into."""
    akash = settings.akash.model_copy(update={"captures": "none"})
    return settings.model_copy(update={"akash": akash})
