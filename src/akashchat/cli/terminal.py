"""What commands share: the terminal, and how they give up."""

import asyncio
import sys
from collections.abc import Coroutine, Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from rich.console import Console

from akashchat import settings

FAILED, MISTAKEN, TAKEN, INTERRUPTED = 1, 2, 3, 130
"""Exit codes: what was asked for did not succeed; settings or arguments that cannot be used; an address that
cannot be listened on; Ctrl-C, as shells count it."""

console = Console(highlight=False)


def give_up(message: str, code: int) -> NoReturn:
    """Say why on standard error, and end."""
    Console(stderr=True, highlight=False, markup=False).print(message)
    sys.exit(code)


def loaded(given: Mapping[str, Any] = MappingProxyType({})) -> settings.Settings:
    """The settings of this process, what is ``given`` first of all, or the end of it."""
    try:
        return settings.load(given)
    except settings.BadSettings as error:
        give_up(f"These settings cannot be used:\n{error}", MISTAKEN)


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run to the end, or until Ctrl-C."""
    try:
        asyncio.run(coroutine)
    except OSError as error:
        give_up(str(error), TAKEN)
    except KeyboardInterrupt:
        sys.exit(0)
