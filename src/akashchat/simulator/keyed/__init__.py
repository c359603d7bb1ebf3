"""A stand-in for upstreams that speak OpenAI's Chat Completions by key, such as AkashML or a vLLM on Akash.

Like its neighbour it shares no code with the decoders it tests.  ``KeyedSimulator`` is for tests; every trouble
it can play is listed in ``FAULTS`` by name.  It is no model: it says the same sixty words to everyone, calls the
tool that a question speaks of, and writes JSON where JSON is asked for.
"""

from akashchat.simulator.keyed.catalogue import KEYED_MODELS, KeyedModel
from akashchat.simulator.keyed.faults import FAULTS
from akashchat.simulator.keyed.server import KeyedSimulator
from akashchat.simulator.keyed.voice import ANSWER

__all__ = ["ANSWER", "FAULTS", "KEYED_MODELS", "KeyedModel", "KeyedSimulator"]
