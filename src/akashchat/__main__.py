"""``python -m akashchat`` is ``akashchat``."""

from akashchat.cli import main

main()
