"""One check after the other."""

from collections.abc import AsyncIterator, Iterable

from akashchat.clock import Clock
from akashchat.doctor.base import Check, Finding, Line, Verdict, failed, failed_with, skipped
from akashchat.doctor.secrets import Secrets
from akashchat.errors import GatewayError, InternalError
from akashchat.errors.remedies import remedy


async def examined(checks: Iterable[Check], secrets: Secrets, clock: Clock) -> AsyncIterator[Line]:
    """A line for each check, as soon as it is known."""
    broken: set[tuple[str, str]] = set()
    for check in checks:
        began = clock.monotonic()
        missing = next((need for need in check.needs if (check.subject, need) in broken), None)
        finding = skipped(f"needs: {missing}") if missing else await _looked(check, clock)
        if missing or finding.verdict is Verdict.FAILED:
            broken.add((check.subject, check.name))
        yield Line(
            subject=check.subject,
            check=check.name,
            verdict=finding.verdict,
            seen=secrets.masked(finding.seen),
            remedy=finding.remedy,
            seconds=round(clock.monotonic() - began, 3),
        )


async def _looked(check: Check, clock: Clock) -> Finding:
    """What a check finds, within its time and whatever happens: the next one has other news."""
    try:
        async with clock.timeout(check.limit_s):
            return await check.look()
    except TimeoutError:
        return failed(f"nothing came of it within {check.limit_s:g} seconds", "Look again later.")
    except GatewayError as error:
        return failed_with(error)
    except Exception as error:  # noqa: BLE001  told, as what it is
        return failed(f"this check itself failed: {type(error).__name__}: {error}", remedy(InternalError))
