"""A stand-in for Akash Chat, speaking its wire, both dialects of it.

It shares no code with the decoders it tests, nor with anything else of this package, so that a misreading
cannot pass its own exam. ``Simulator`` is for tests, ``serve`` for a demonstration; every trouble it can play
is listed in ``SCENARIOS`` by name. It is not a model, and says so in every answer.
"""

from akashchat.simulator.arrival import Arrival
from akashchat.simulator.catalogue import CATALOGUE, Dialect, Model
from akashchat.simulator.demonstration import DEFAULT_PORT, serve
from akashchat.simulator.places import PLACES, Place
from akashchat.simulator.prompt import PERSONA
from akashchat.simulator.quota import AKASH_QUOTA_TOKENS
from akashchat.simulator.recording import Pieces
from akashchat.simulator.scenario import Scenario
from akashchat.simulator.scenes import SCENARIOS
from akashchat.simulator.server import Simulator

__all__ = [
    "AKASH_QUOTA_TOKENS",
    "CATALOGUE",
    "DEFAULT_PORT",
    "PERSONA",
    "PLACES",
    "SCENARIOS",
    "Arrival",
    "Dialect",
    "Model",
    "Pieces",
    "Place",
    "Scenario",
    "Simulator",
    "serve",
]
