"""What the tests of the dialects share: a stamp that never changes."""

from akashchat.dialects.base import Stamp

STAMP = Stamp(id="0123abcd", created=1_800_000_000, file_url=lambda name: f"http://gateway.test/{name}")
