"""The ledger, put together: it outlives a change of settings, and follows the latest."""

from akashchat.clock import Clock
from akashchat.settings.groups import LedgerSettings
from akashchat.storage.base import Database
from akashchat.storage.ledger import StoredLedger
from akashchat.telemetry.base import Observer
from akashchat.telemetry.ledger import Ledger, LedgerOptions
from akashchat.telemetry.metrics import Metrics
from akashchat.telemetry.prices import Listed, Prices


def ledger(database: Database, clock: Clock, metrics: Metrics) -> Ledger:
    """A ledger whose rows are in a database, and whose figures are among the metrics."""
    made = Ledger(StoredLedger(database), clock, spent=metrics.spent)
    metrics.lasting.append(made.figures)
    return made


def observing(ledger: Ledger, settings: LedgerSettings) -> list[Observer]:
    """Who is to be told of answers: nobody, where no rows are kept."""
    return [ledger] if settings.retention_days else []


def follow(ledger: Ledger, settings: LedgerSettings, listed: Listed) -> None:
    """Have it follow these settings from now on."""
    ledger.options = LedgerOptions(retention_days=settings.retention_days, bodies_days=settings.bodies_days)
    ledger.prices = Prices(settings.prices, listed)
