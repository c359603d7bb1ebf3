"""The ledger, put together: it outlives a change of settings, and follows the latest."""

from akashchat.clock import Clock
from akashchat.settings import Settings
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


def following(ledger: Ledger, settings: Settings, listed: Listed) -> list[Observer]:
    """Have it follow these settings; gives who is to be told of answers, which is nobody where no rows are kept."""
    asked = settings.ledger
    ledger.options = LedgerOptions(retention_days=asked.retention_days, bodies_days=asked.bodies_days)
    ledger.prices = Prices(asked.prices, listed)
    return [ledger] if asked.retention_days else []
