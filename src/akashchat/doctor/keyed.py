"""An upstream by key: its models and a chat."""

from akashchat.app.keyed import Keyed
from akashchat.clock import Chance, Clock
from akashchat.doctor import asking
from akashchat.doctor.asking import CHAT_S
from akashchat.doctor.base import Check, Finding, Look, failed_with
from akashchat.doctor.network import Way, network_checks
from akashchat.doctor.notes import Notes
from akashchat.emulation.emulated import Emulated, EmulationOptions
from akashchat.errors import KeyRejected
from akashchat.settings.upstreams import KeyedSettings

_NO_MODELS = "See which models it lists, and what its options `only` and `models` leave of them."


class KeyedVisit:
    """An upstream by key, looked at from outside in."""

    def __init__(self, name: str, settings: KeyedSettings, clock: Clock, chance: Chance) -> None:
        self.parts = Keyed(name, settings, clock, chance)
        self._upstream = Emulated(self.parts.upstream, EmulationOptions(), chance)
        self._named = tuple(settings.models)
        self._clock = clock
        self._way = Way(
            subject=name,
            base_url=settings.base_url,
            proxied=bool(settings.proxy.get_secret_value()),
            address_setting=_setting(name, "base_url"),
            proxy_setting=_setting(name, "proxy"),
        )

    def checks(self, notes: Notes) -> list[Check]:
        """What to look at."""
        name, upstream = self._way.subject, self._upstream
        models = self._keyed(lambda: asking.models(upstream, notes, _NO_MODELS))
        wanted = [*self._named, *(model.removeprefix(f"{name}/") for model in notes.wanted)]
        chat = self._keyed(lambda: asking.chat(upstream, notes, wanted, self._clock))
        return [
            *network_checks(self._way, self.parts.http, notes, self._clock),
            Check(subject=name, name="models", look=models, needs=("tls",)),
            Check(subject=name, name="chat", look=chat, needs=("models",), limit_s=CHAT_S),
        ]

    def _keyed(self, look: Look) -> Look:
        """The same, with the name of the setting where the key is refused."""

        async def keyed() -> Finding:
            try:
                return await look()
            except KeyRejected as error:
                return failed_with(error, f"Check `{_setting(self._way.subject, 'key')}`.")

        return keyed


def _setting(upstream: str, option: str) -> str:
    """What an option of an upstream is called."""
    return (
        f"AKASHCHAT_AKASHML_{option.upper()}" if upstream == "akashml" else f"upstreams.{upstream}.{option}"
    )
