"""The gateway that lets any OpenAI or Anthropic client use Akash's AI.

Importing does nothing; ``akashchat.app.create_app`` ties the knot.
"""

__version__ = "0.1.0"
