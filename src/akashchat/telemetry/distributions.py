"""Which figures are counted by size.

Names, labels and bounds of the first six are the conventions'; what an upstream is called here is beside them.
"""

from collections.abc import Iterator, Sequence

from akashchat.telemetry.figures import Distribution, Labels

_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_FIRST_SECONDS = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip
_TOKEN_SECONDS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
_TOKENS = tuple(4.0**power for power in range(14))
_ADDED_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0)
_PACES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1000.0)
_MODEL = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "upstream")


class Distributions:
    """All there are."""

    def __init__(self) -> None:
        self.duration = _distribution(
            "gen_ai_server_request_duration_seconds",
            "How long answers took.",
            (*_MODEL, "error_type"),
            _SECONDS,
        )
        self.first = _distribution(
            "gen_ai_server_time_to_first_token_seconds", "How long the first event took, of answers that finished.",
            _MODEL, _FIRST_SECONDS,
        )  # fmt: skip
        self.per_token = _distribution(
            "gen_ai_server_time_per_output_token_seconds", "How long each token behind the first event took.",
            _MODEL, _TOKEN_SECONDS,
        )  # fmt: skip
        self.tokens = _distribution(
            "gen_ai_client_token_usage", "Tokens of what was asked and answered.",
            (*_MODEL, "gen_ai_token_type"), _TOKENS,
        )  # fmt: skip
        self.asked = _distribution(
            "gen_ai_client_operation_duration_seconds", "How long an upstream took that was asked, with all its tries.",
            (*_MODEL, "error_type"), _SECONDS,
        )  # fmt: skip
        self.heard = _distribution(
            "gen_ai_client_operation_time_to_first_chunk_seconds",
            "How long it took an upstream to begin a stream, from its last try on.", _MODEL, _SECONDS,
        )  # fmt: skip
        self.added = _distribution(
            "akashchat_added_seconds",
            "What the gateway adds by itself: `before` an upstream is asked, without the wait for a turn, and `after` "
            "its first event, until that goes on to the caller.", ("dialect", "part"), _ADDED_SECONDS,
        )  # fmt: skip
        self.pace = _distribution(
            "akashchat_output_tokens_per_second", "How fast streams came, behind the first event.",
            ("upstream", "model"), _PACES,
        )  # fmt: skip

    def all(self) -> Iterator[Distribution]:
        """In the order in which they are told."""
        yield from (self.duration, self.first, self.per_token, self.tokens, self.asked, self.heard)
        yield from (self.added, self.pace)


def _distribution(name: str, about: str, labels: Labels, bounds: Sequence[float]) -> Distribution:
    return Distribution(name, about, labels, bounds, {})
