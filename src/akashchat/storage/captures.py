"""Captures of strange replies, as files in a folder: few, small, and the newest of them."""

import asyncio
import pathlib
import re

_MOST_FILES = 24
_MOST_BYTES = 256 * 1024
_SUFFIX = ".capture.json"
_NAME = re.compile(r"[a-z0-9_-]{1,80}\Z")


class CaptureFolder:
    """Keeps captures; where that fails ``problem`` says why, and nothing else suffers."""

    def __init__(self, path: str) -> None:
        self._folder = pathlib.Path(path).expanduser()
        self.problem = ""
        self._writing: set[asyncio.Future[None]] = set()

    def keep(self, name: str, capture: bytes) -> None:
        """Keep a capture, in a thread of its own so that nobody waits for a disk."""
        if _NAME.match(name) and len(capture) <= _MOST_BYTES:
            writing = asyncio.get_running_loop().run_in_executor(None, self.write, name, capture)
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._writing)

    def write(self, name: str, capture: bytes) -> None:
        """Write it, and forget the oldest where there are too many."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / f"{name}{_SUFFIX}").write_bytes(capture)
            files = sorted(self._folder.glob(f"*{_SUFFIX}"), key=lambda file: file.stat().st_mtime)
            for file in files[:-_MOST_FILES]:
                file.unlink(missing_ok=True)
        except OSError as error:
            self.problem = f"captures cannot be kept in {self._folder}: {error.strerror}"
